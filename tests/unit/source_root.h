// Where the tree lies that these tests were built from.
#pragma once

#include <filesystem>

namespace ds::test {

std::filesystem::path source_root();

} // namespace ds::test
