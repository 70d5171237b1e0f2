// States them.
#include "cli/limit_options.h"

#include "cli/command_line.h"
#include "cli/serve_options.h"

#include <cstdint>
#include <string>

namespace ds {

namespace {

void add_limit(CommandLine& line, std::string const& name, std::uint64_t& value, Measure measure,
               std::string const& help, char const* environment) {
    constexpr std::uint64_t k_most = 1'000'000'000'000;
    line.add(name, &value, help + "; 0: no limit")
        .in(measure)
        .from_environment(environment)
        .under("Limits")
        .within(0, k_most);
}

} // namespace

void add_limit_options(CommandLine& line, ServeOptions& options) {
    auto& project = options.http.project;
    add_limit(line, "--limit-project-requests", project.requests, Measure::plain,
              "Requests of a project in a second; more are answered 429",
              "DS_LIMIT_PROJECT_REQUESTS");
    add_limit(line, "--limit-project-bytes", project.bytes, Measure::bytes,
              "Bytes written to a project in a second", "DS_LIMIT_PROJECT_BYTES");
    add_limit(line, "--limit-project-connections", project.connections, Measure::plain,
              "Connections that last asked for a project", "DS_LIMIT_PROJECT_CONNECTIONS");
    add_limit(line, "--limit-project-readers", project.readers, Measure::plain,
              "Live readers of a project", "DS_LIMIT_PROJECT_READERS");
    add_limit(line, "--limit-project-streams", options.engine.project_streams_max, Measure::plain,
              "Streams of a project, forks included", "DS_LIMIT_PROJECT_STREAMS");
    add_limit(line, "--limit-stream-producers", options.engine.stream_producers_max, Measure::plain,
              "Idempotent producers that a stream remembers; more are answered 409",
              "DS_LIMIT_STREAM_PRODUCERS");
    auto& address = options.http.address;
    add_limit(line, "--limit-address-requests", address.requests, Measure::plain,
              "Requests from a client address (of IPv6: a /64) in a second",
              "DS_LIMIT_ADDRESS_REQUESTS");
    add_limit(line, "--limit-address-bytes", address.bytes, Measure::bytes,
              "Bytes written from a client address in a second", "DS_LIMIT_ADDRESS_BYTES");
    add_limit(line, "--limit-address-connections", address.connections, Measure::plain,
              "Connections from a client address", "DS_LIMIT_ADDRESS_CONNECTIONS");
    add_limit(line, "--limit-address-readers", address.readers, Measure::plain,
              "Live readers at a client address", "DS_LIMIT_ADDRESS_READERS");
}

} // namespace ds
