// Running ds segments, ds inspect and ds rotate on a directory that no server holds.
#include "crash/cold_side.h"

#include "support/command.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace ds {

namespace {

constexpr char const* k_bucket = "s3://ds-test/crash";

// The number behind the first "name": of a JSON text.
std::optional<std::uint64_t> number_of(std::string const& json, std::string const& name) {
    auto const key = "\"" + name + "\":";
    auto const at = json.find(key);
    if (at == std::string::npos) return std::nullopt;
    auto const begin = json.find_first_not_of(' ', at + key.size());
    std::uint64_t number = 0;
    auto const* const end = json.data() + json.size();
    if (begin == std::string::npos ||
        std::from_chars(json.data() + begin, end, number).ec != std::errc{})
        return std::nullopt;
    return number;
}

} // namespace

ColdSide::ColdSide(Arguments const& arguments, std::string binary, Trouble& trouble)
    : store_(arguments.text("--store", "dir")),
      endpoint_(arguments.text("--endpoint", "")),
      flaky_percent_(store_ == "flaky" ? arguments.number("--flaky", 10) : 0),
      binary_(std::move(binary)),
      trouble_(trouble) {
    bool const known = store_ == "dir" || store_ == "s3" || store_ == "flaky";
    if (!known) trouble_.report("--store takes dir, s3 or flaky");
    if (store_ != "dir" && endpoint_.empty())
        trouble_.report("--store " + store_ + " needs --endpoint; tests/crash/run starts one");
}

std::vector<std::string> ColdSide::flags() const {
    if (store_ == "dir") return {};
    return {"--store", k_bucket, "--store-endpoint", endpoint_, "--store-timeout", "1"};
}

bool ColdSide::verify(std::string const& data) {
    if (!make_flaky(0)) return false;
    std::string left;
    std::string directory;
    bool const ran = run({"segments", "gc", "--grace", "0"}, data) &&
                     run({"inspect", "--verify", "--json"}, data, &directory) &&
                     run({"segments", "gc", "--grace", "0", "--dry-run", "--json"}, data, &left);
    if (!ran) return false;
    if (number_of(left, "orphans") != 0)
        return trouble_.report("objects are left after ds segments gc: " + left);
    segments_ = std::max(segments_, number_of(directory, "segments").value_or(0));
    return make_flaky(flaky_percent_);
}

bool ColdSide::rotate(std::string const& data) {
    return make_flaky(0) && run({"rotate"}, data) && make_flaky(flaky_percent_);
}

bool ColdSide::run(std::vector<std::string> words, std::string const& data, std::string* output) {
    std::string line;
    for (auto const& word : words)
        line.append(" ").append(word);
    words.insert(words.begin(), binary_);
    words.insert(words.end(), {"--data", data});
    auto result = run_command(std::move(words));
    if (output != nullptr) *output = result.output;
    return result.code == 0 ||
           trouble_.report("ds" + line + " ended with " + std::to_string(result.code) + ":\n" +
                           result.output.substr(0, 4000));
}

bool ColdSide::make_flaky(std::uint64_t percent) {
    if (flaky_percent_ == 0) return true;
    HttpClient client(port());
    auto const got = client.send({"GET", "/-flaky/" + std::to_string(percent)});
    return (got && got->status == 200) ||
           trouble_.report("the S3 server at " + endpoint_ + ": " + client.problem());
}

std::uint16_t ColdSide::port() const {
    std::uint16_t port = 0;
    auto const digits = endpoint_.rfind(':') + 1;
    std::from_chars(endpoint_.data() + digits, endpoint_.data() + endpoint_.size(), port);
    return port;
}

} // namespace ds
