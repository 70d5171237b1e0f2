// A directory for one run: removed when all went well, left behind and named when not.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <stdexcept>
#include <string>

namespace ds {

class TempDir {
public:
    // Below `parent`, or below the system's temporary directory when that is empty.
    explicit TempDir(std::string const& parent = {}) {
        auto const base =
            parent.empty() ? std::filesystem::temp_directory_path() : std::filesystem::path(parent);
        std::filesystem::create_directories(base);
        path_ = (base / "ds-test-XXXXXX").string();
        if (mkdtemp(path_.data()) == nullptr)
            throw std::runtime_error("no temporary directory at " + path_);
    }
    ~TempDir() {
        std::error_code ignored;
        if (!kept_) std::filesystem::remove_all(path_, ignored);
    }
    TempDir(TempDir const&) = delete;
    TempDir& operator=(TempDir const&) = delete;

    std::string const& path() const { return path_; }
    void keep() { kept_ = true; }

private:
    std::string path_;
    bool kept_ = false;
};

} // namespace ds
