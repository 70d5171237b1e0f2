// JSON for each kind of line, and back.
#include "admin/lines.h"

#include "base/overloaded.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace ds {
namespace {

constexpr std::array<std::pair<Fault, std::string_view>, 8> k_fault_names{{
    {Fault::invalid, "invalid"},
    {Fault::busy, "busy"},
    {Fault::full, "full"},
    {Fault::io, "io"},
    {Fault::corrupt, "corrupt"},
    {Fault::missing, "missing"},
    {Fault::truncated, "truncated"},
    {Fault::unreachable, "unreachable"},
}};

std::string_view name_of(Fault fault) {
    auto const* found = std::find_if(k_fault_names.begin(), k_fault_names.end(),
                                     [&](auto const& row) { return row.first == fault; });
    return found == k_fault_names.end() ? "io" : found->second;
}

Fault fault_named(std::string_view name) {
    auto const* found = std::find_if(k_fault_names.begin(), k_fault_names.end(),
                                     [&](auto const& row) { return row.second == name; });
    return found == k_fault_names.end() ? Fault::io : found->first;
}

// What is no UTF-8 (a path, say) is shown as far as it can be.
std::string in_quotes(std::string const& text) {
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string text_of(Progressed const& progress) {
    return R"({"progress":{"done":)" + std::to_string(progress.done) + R"(,"of":)" +
           std::to_string(progress.of) + R"(,"what":)" + in_quotes(progress.what) + "}}";
}

std::string text_of(Items const& items) {
    std::string text = R"({"items":[)";
    for (auto const& document : items.documents) {
        if (&document != &items.documents.front()) text.push_back(',');
        text += document;
    }
    return text + "]}";
}

std::string text_of(Finished const& finished) {
    return R"({"result":)" + finished.document + "}";
}

std::string text_of(Error const& error) {
    return std::string(R"({"fault":{"kind":")").append(name_of(error.fault)) + R"(","error":)" +
           in_quotes(error.what) + "}}";
}

// Throws nlohmann's exceptions when it is no such line.
OperationLine parse(std::string_view text) {
    // Ordered, so that a document reads as it was written.
    auto const line = nlohmann::ordered_json::parse(text);
    if (auto const progress = line.find("progress"); progress != line.end())
        return Progressed{progress->at("done"), progress->at("of"), progress->at("what")};
    if (auto const items = line.find("items"); items != line.end()) {
        Items all;
        for (auto const& item : *items)
            all.documents.push_back(item.dump());
        return all;
    }
    if (auto const result = line.find("result"); result != line.end())
        return Finished{result->dump()};
    auto const& fault = line.at("fault");
    return Error{fault_named(fault.at("kind").get<std::string>()), fault.at("error")};
}

} // namespace

std::string write_line(OperationLine const& line) {
    return std::visit([](auto const& told) { return text_of(told); }, line);
}

Result<OperationLine> read_line(std::string_view text) {
    try {
        return parse(text);
    } catch (nlohmann::json::exception const&) {
        constexpr std::size_t k_shown = 80;
        return Error{Fault::corrupt,
                     "this is no line of an operation: " + std::string(text.substr(0, k_shown))};
    }
}

bool Gathering::take(std::string_view text) {
    auto line = read_line(text);
    if (!line) {
        end_ = std::move(line).error();
        return false;
    }
    std::visit(Overloaded{
                   [&](Progressed const& progress) { on_progress_(progress); },
                   [&](Items& items) {
                       std::move(items.documents.begin(), items.documents.end(),
                                 std::back_inserter(items_));
                   },
                   [&](Finished& finished) { end_ = std::move(finished.document); },
                   [&](Error& error) { end_ = std::move(error); },
               },
               *line);
    return true;
}

Result<Outcome> Gathering::finish() {
    if (!end_) return Error{Fault::io, "the server went away before the operation had ended"};
    return Outcome{TRY(*std::move(end_)), std::move(items_)};
}

} // namespace ds
