// States them.
#include "cli/estuary_options.h"

#include "cli/serve_options.h"

#include <CLI/CLI.hpp>

#include <cstdint>

namespace ds {

void add_estuary_options(CLI::App& app, ServeOptions& options) {
    constexpr char const* k_group = "Estuaries";
    constexpr std::uint64_t k_year = std::uint64_t{366} * 24 * 3600;
    app.add_option("--estuary-ttl", options.estuary_ttl,
                   "An estuary that is not used for this long ends; of new ones")
        ->type_name("SECONDS")
        ->envname("DS_ESTUARY_TTL")
        ->group(k_group)
        ->check(CLI::Range(std::uint64_t{1}, k_year));
    app.add_option("--fanout-inline", options.engine.fanout.inline_max,
                   "Copies for so many subscribers are made along with an append, for more of them "
                   "after it")
        ->type_name("N")
        ->envname("DS_FANOUT_INLINE")
        ->group(k_group)
        ->check(CLI::Range(std::size_t{0}, std::size_t{10'000}));
    app.add_option("--fanout-backlog", options.engine.fanout.backlog_bytes,
                   "Appends to a stream are answered 503 while copies of this size are still to be "
                   "made of it")
        ->type_name("BYTES")
        ->envname("DS_FANOUT_BACKLOG")
        ->group(k_group)
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 50));
}

void settle_estuaries(ServeOptions& options) {
    options.http.estuary_ttl = std::chrono::seconds(options.estuary_ttl);
}

} // namespace ds
