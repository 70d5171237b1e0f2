// Random bytes that nobody can guess. The only door to OpenSSL.
#pragma once

#include <cstddef>
#include <string>

namespace ds {

// `count` bytes from the system's generator. Stops the program when there is no randomness.
std::string random_bytes(std::size_t count);

} // namespace ds
