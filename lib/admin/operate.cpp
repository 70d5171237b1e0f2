// The table of operations, their arguments and their ends.
#include "admin/operate.h"

#include "admin/project_operation.h"
#include "admin/report_json.h"
#include "model/offset.h"
#include "model/stream_name.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <exception>
#include <optional>
#include <utility>

namespace ds {
namespace {

using nlohmann::json;

// Often enough to look alive, seldom enough to cost nothing.
constexpr std::chrono::milliseconds k_progress_interval{100};
constexpr std::size_t k_items_in_line = 500;
constexpr unsigned k_backups_kept = 3;
constexpr std::chrono::hours k_grace{24};

// Writes the lines of one operation.
class Teller {
public:
    Teller(Clock const& clock, LineSink const& sink) : clock_(clock), sink_(sink) {}

    upkeep::Tick tick() {
        return [this](std::uint64_t done, std::uint64_t of, std::string const& what) {
            auto const now = clock_.now();
            if (told_at_ && now - *told_at_ < k_progress_interval) return listens_;
            told_at_ = now;
            return tell(Progressed{done, of, what});
        };
    }

    // An error when nobody listens any more.
    Result<void> item(std::string document) {
        items_.documents.push_back(std::move(document));
        if (items_.documents.size() >= k_items_in_line) flush();
        if (!listens_) return Error{Fault::io, "nobody listens"};
        return {};
    }

    void end(Result<std::string> result) {
        if (result) {
            flush();
            tell(Finished{*std::move(result)});
        } else {
            tell(std::move(result).error());
        }
    }

private:
    void flush() {
        if (!items_.documents.empty()) tell(std::exchange(items_, {}));
    }
    bool tell(OperationLine const& line) {
        listens_ = listens_ && sink_(write_line(line));
        return listens_;
    }

    Clock const& clock_;
    LineSink const& sink_;
    Items items_;
    std::optional<Millis> told_at_;
    bool listens_ = true;
};

// ---- arguments; nlohmann's exceptions are turned into Fault::invalid below ----

Result<upkeep::Scope> scope_in(json const& arguments) {
    return parse_scope(arguments.value("scope", std::string()));
}

upkeep::Run run_in(json const& arguments) {
    return arguments.value("dry_run", false) ? upkeep::Run::dry : upkeep::Run::real;
}

// What nlohmann would take as well: negative numbers, fractions, true.
Result<std::uint64_t> number_in(json const& arguments, char const* name, std::uint64_t preset) {
    auto const found = arguments.find(name);
    if (found == arguments.end()) return preset;
    // Milliseconds and bytes are kept as signed numbers of 64 bits.
    constexpr std::uint64_t k_most = std::uint64_t{1} << 62U;
    if (!found->is_number_unsigned() || found->get<std::uint64_t>() > k_most)
        return Error{Fault::invalid, std::string(name) + " must be a whole number, 0 or more"};
    return found->get<std::uint64_t>();
}

// ---- operations ----

using Ended = Result<std::string>; // the result, as JSON

Ended inspect(Console& console, json const& arguments, Teller&) {
    auto const scope = TRY(scope_in(arguments));
    if (!scope.project.empty() && scope.stream.empty())
        return Error{Fault::invalid, "a project is looked at with the operation streams"};
    if (scope.stream.empty()) return json_of(TRY(console.directory()));
    auto const report = TRY(console.stream(scope.stream));
    return R"({"stream":)" + (report ? json_of(*report) : "null") + "}";
}

Ended streams(Console& console, json const& arguments, Teller& teller) {
    auto const all = console.streams(TRY(scope_in(arguments)));
    for (auto const& summary : all)
        TRY(teller.item(json_of(summary)));
    return json{{"streams", all.size()}}.dump();
}

Ended segments(Console& console, json const& arguments, Teller& teller) {
    std::uint64_t count = 0;
    std::uint64_t bytes = 0;
    auto const scope = TRY(scope_in(arguments));
    TRY(console.each_segment(scope, [&](SegmentRecord const& segment) {
        ++count;
        bytes += segment.object_bytes;
        return teller.item(json_of(segment));
    }));
    return json{{"segments", count}, {"object_bytes", bytes}}.dump();
}

Ended rotate(Console& console, json const& arguments, Teller& teller) {
    auto const scope = TRY(scope_in(arguments));
    return json_of(TRY(console.rotate(scope, run_in(arguments), teller.tick())));
}

Ended collect(Console& console, json const& arguments, Teller& teller) {
    auto const preset = static_cast<std::uint64_t>(std::chrono::milliseconds(k_grace).count());
    std::chrono::milliseconds const grace(TRY(number_in(arguments, "grace_ms", preset)));
    return json_of(TRY(console.collect(grace, run_in(arguments), teller.tick())));
}

Ended retention(Console& console, json const& arguments, Teller&) {
    auto const text = arguments.value("scope", std::string());
    TRY(parse_scope(text));
    if (auto const set = arguments.find("set"); set != arguments.end()) {
        if (text.empty()) return Error{Fault::invalid, "retention is set for a project or stream"};
        Retention wanted;
        wanted.age_ms = static_cast<std::int64_t>(TRY(number_in(*set, "age_ms", 0)));
        wanted.bytes = TRY(number_in(*set, "bytes", 0));
        wanted.messages = TRY(number_in(*set, "messages", 0));
        TRY(console.set_retention(text, wanted));
    }
    auto all = console.retentions();
    if (!text.empty()) std::erase_if(all, [&](auto const& row) { return row.first != text; });
    return json_of(all);
}

Ended back_up(Console& console, json const& arguments, Teller& teller) {
    constexpr std::uint64_t k_most = 1'000'000;
    auto const keep = TRY(number_in(arguments, "keep", k_backups_kept));
    if (keep == 0 || keep > k_most)
        return Error{Fault::invalid, "keep must be a number of backups, 1 or more"};
    return json_of(TRY(console.back_up(static_cast<unsigned>(keep), teller.tick())));
}

Ended verify(Console& console, json const& arguments, Teller& teller) {
    auto const scope = TRY(scope_in(arguments));
    return json_of(TRY(console.verify(scope, teller.tick())));
}

Ended project(Console& console, json const& arguments, Teller&) {
    return project_operation(console, arguments.dump());
}

Ended skip(Console& console, json const& arguments, Teller&) {
    auto const scope = TRY(scope_in(arguments));
    if (scope.stream.empty()) return Error{Fault::invalid, "copies are skipped of one stream"};
    auto const from = TRY(console.skip_copies(scope.stream));
    return json{{"from", from ? json(format_offset(*from)) : json()}}.dump();
}

Ended rekey(Console& console, json const&, Teller&) {
    return json{{"kid", TRY(console.replace_webhook_key())}}.dump();
}

struct Operation {
    std::string_view name;
    std::string_view takes; // names of arguments, each between spaces
    Ended (*carry_out)(Console& console, json const& arguments, Teller& teller);
};
constexpr std::array<Operation, 11> k_operations{{
    {"backup", " keep ", back_up},
    {"gc", " grace_ms dry_run ", collect},
    {"inspect", " scope ", inspect},
    {"project", " name do settings import secret key origin scope seconds stream ", project},
    {"rekey", " ", rekey},
    {"retention", " scope set ", retention},
    {"rotate", " scope dry_run ", rotate},
    {"segments", " scope ", segments},
    {"skip", " scope ", skip},
    {"streams", " scope ", streams},
    {"verify", " scope ", verify},
}};

Ended carry_out(Console& console, std::string_view name, std::string_view text, Teller& teller) {
    auto const* operation = std::find_if(k_operations.begin(), k_operations.end(),
                                         [&](auto const& row) { return row.name == name; });
    if (operation == k_operations.end())
        return Error{Fault::invalid, "there is no operation '" + std::string(name) + "'"};
    try {
        auto const arguments = text.empty() ? json::object() : json::parse(text);
        if (!arguments.is_object())
            return Error{Fault::invalid, "the arguments are no JSON object"};
        for (auto const& [key, value] : arguments.items())
            if (operation->takes.find(" " + key + " ") == std::string_view::npos)
                return Error{Fault::invalid, std::string(name) + " takes no '" + key + "'"};
        return operation->carry_out(console, arguments, teller);
    } catch (json::exception const& error) {
        return Error{Fault::invalid, std::string("the arguments are wrong: ") + error.what()};
    }
}

} // namespace

Result<upkeep::Scope> parse_scope(std::string_view text) {
    if (text.empty()) return upkeep::Scope{};
    if (text.find('/') == std::string_view::npos) {
        TRY(make_stream_name(text, "any"));
        return upkeep::Scope{std::string(text), {}};
    }
    auto const name = TRY(parse_stream_name(text));
    return upkeep::Scope{std::string(name.project()), name.full()};
}

void operate(Console& console, std::string_view name, std::string_view arguments,
             LineSink const& sink) {
    Teller teller(console.clock(), sink);
    try {
        teller.end(carry_out(console, name, arguments, teller));
    } catch (std::exception const& error) { // out of memory, for one
        teller.end(Error{Fault::io, error.what()});
    }
}

} // namespace ds
