// The source tree as text, for the tests that hold it to its own rules.
#pragma once

#include "unit/source_root.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace ds::test {

struct SourceFile {
    std::string path; // from the root of the tree: "lib/base/log.h"
    std::string text;
};

inline std::string read_source(std::filesystem::path const& path) {
    std::ifstream in(path, std::ios::binary);
    REQUIRE_MESSAGE(in, "cannot read ", path.string());
    return {std::istreambuf_iterator<char>(in), {}};
}

// Every file below the folders, in the order of their paths; installed packages are left out.
inline std::vector<SourceFile> read_tree(std::initializer_list<std::string_view> folders) {
    namespace fs = std::filesystem;
    fs::path const root = source_root();
    std::vector<SourceFile> files;
    for (auto const folder : folders) {
        for (auto at = fs::recursive_directory_iterator(root / folder); at != fs::end(at); ++at) {
            auto const name = at->path().filename().string();
            if (at->is_directory() && (name == "node_modules" || name.starts_with('.')))
                at.disable_recursion_pending();
            else if (at->is_regular_file() && !name.starts_with('.'))
                files.push_back({at->path().lexically_relative(root).generic_string(), {}});
        }
    }
    std::sort(files.begin(), files.end(),
              [](SourceFile const& a, SourceFile const& b) { return a.path < b.path; });
    return files;
}

inline bool is_cpp(std::string_view path) {
    return path.ends_with(".h") || path.ends_with(".cpp");
}

// The same, C++ files only, with their text.
inline std::vector<SourceFile> read_cpp(std::initializer_list<std::string_view> folders) {
    auto files = read_tree(folders);
    std::erase_if(files, [](SourceFile const& file) { return !is_cpp(file.path); });
    for (auto& file : files)
        file.text = read_source(source_root() / file.path);
    return files;
}

inline std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        auto const end = std::min(text.find('\n'), text.size());
        lines.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

} // namespace ds::test
