// The one file that is compiled with the folder's name: all others are the same wherever the tree
// lies, so that a compiler cache serves every checkout.
#include "unit/source_root.h"

namespace ds::test {

std::filesystem::path source_root() {
    return DS_ROOT;
}

} // namespace ds::test
