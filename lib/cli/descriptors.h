// How many files and sockets the process may have open, and how many of them may be connections.
#pragma once

#include <cstdint>

namespace ds {

// Takes as many as the system lets us have; how many that is.
std::uint64_t raise_descriptor_limit();
// How many are open now.
std::uint64_t open_descriptors();
// Of `limit`, when so many are open already: what is left for connections, as files come and go.
std::uint64_t connections_within(std::uint64_t limit, std::uint64_t open);

} // namespace ds
