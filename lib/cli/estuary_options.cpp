// States them.
#include "cli/estuary_options.h"

#include "cli/command_line.h"
#include "cli/serve_options.h"

#include <cstdint>

namespace ds {

void add_estuary_options(CommandLine& line, ServeOptions& options) {
    constexpr char const* k_group = "Estuaries";
    constexpr std::uint64_t k_year = std::uint64_t{366} * 24 * 3600;
    line.add("--estuary-ttl", &options.estuary_ttl,
             "An estuary that is not used for this long ends; of new ones")
        .in(Measure::seconds)
        .from_environment("DS_ESTUARY_TTL")
        .under(k_group)
        .within(1, k_year);
    line.add("--fanout-inline", &options.engine.fanout.inline_max,
             "Copies for so many subscribers are made along with an append, for more of them "
             "after it")
        .takes("N")
        .from_environment("DS_FANOUT_INLINE")
        .under(k_group)
        .within(0, 10'000);
    line.add("--fanout-backlog", &options.engine.fanout.backlog_bytes,
             "What is appended to a stream is announced to its subscribers instead of copied "
             "while copies of this size are still to be made of it")
        .in(Measure::bytes)
        .from_environment("DS_FANOUT_BACKLOG")
        .under(k_group)
        .within(1, std::uint64_t{1} << 50);
}

void settle_estuaries(ServeOptions& options) {
    options.http.estuary_ttl = std::chrono::seconds(options.estuary_ttl);
}

} // namespace ds
