// Options of load tests, and what they come to.
#include "cli/load_options.h"

#include "auth/jwt.h"
#include "base/crypto.h"
#include "base/encoding.h"
#include "cli/progress.h"
#include "cli/session.h"

#include <unistd.h>

#include <algorithm>
#include <thread>

namespace ds {

namespace {

constexpr std::int64_t k_token_slack_seconds = 7200;
constexpr std::size_t k_run_bytes = 4;

} // namespace

void add_target_options(CommandLine& line, LoadTarget& target) {
    line.options({
        {"--url", &target.url, "The server, or the cache in front of it; none: one is started",
         takes("URL")},
        {"--write-url", &target.write_url, "Where writers go, past the cache; as --url",
         takes("URL")},
        {"--project", &target.project, "The project of the streams", takes("NAME")},
    });
    line.settings({
        {"--secret", &target.secret, "Sign a token with this secret", takes("SECRET")},
        {"--token", &target.token, "Use this token", takes("TOKEN").excludes("--secret")},
    });
    add_ca_option(line, target.ca_file);
    line.options(
        {{"--cache-header", &target.cache_header,
          "A header that says whether a cache answered, besides the usual ones", takes("NAME")}});
}

Result<LoadPlan> target_plan(LoadTarget const& target, std::string const& own_url, double seconds) {
    LoadPlan plan;
    plan.url = target.url.empty() ? own_url : target.url;
    plan.write_url = target.write_url.empty() ? plan.url : target.write_url;
    plan.project = target.project;
    plan.cache_header = to_lower(target.cache_header);
    plan.run = hex_encode(random_bytes(k_run_bytes));
    plan.ca_file = trusted_by(target.ca_file);
    plan.token = target.token;
    if (!target.secret.empty()) {
        auto const now = count_ms(SystemClock().now()) / 1000;
        Claims claims;
        claims.sub = target.project;
        claims.scope = TokenScope::manage; // the streams are removed afterwards
        claims.iat = now;
        claims.exp =
            now + static_cast<std::int64_t>(std::clamp(seconds, 0.0, 1e7)) + k_token_slack_seconds;
        plan.token = sign_token(claims, target.secret);
    }
    if (plan.token.find_first_of("\r\n ") != std::string::npos)
        return Error{Fault::invalid, "a token has no blanks or line breaks"};
    return plan;
}

std::string machine_in_words() {
    auto const pages = static_cast<std::uint64_t>(std::max(0L, ::sysconf(_SC_PHYS_PAGES)));
    auto const page = static_cast<std::uint64_t>(std::max(0L, ::sysconf(_SC_PAGESIZE)));
    auto const cores = std::thread::hardware_concurrency();
    return std::to_string(cores) + (cores == 1 ? " processor, " : " processors, ") +
           shown_bytes(pages * page);
}

} // namespace ds
