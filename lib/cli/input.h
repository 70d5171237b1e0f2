// What a command reads: a word of its command line, a file, or standard input.
#pragma once

#include "base/result.h"
#include "client/line_batches.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace ds {

class Input {
public:
    // `text` must live as long as the input does.
    static Result<Input> of_text(std::string_view text);
    // "-" is standard input.
    static Result<Input> open(std::string const& path);

    Input(Input&& other) noexcept;
    Input(Input const&) = delete;
    Input& operator=(Input const&) = delete;
    ~Input();

    ByteSource& source() { return *source_; }
    // True when a person types it.
    bool is_typed() const;
    // Tells such a person that something is waited for, and how it ends.
    void invite() const;
    // In bytes, when it is known before it is read.
    std::optional<std::uint64_t> size() const { return size_; }

private:
    Input(int opened, std::unique_ptr<ByteSource> source, std::optional<std::uint64_t> size);

    int opened_; // to be closed, or -1
    bool from_stdin_ = false;
    std::unique_ptr<ByteSource> source_;
    std::optional<std::uint64_t> size_;
};

// All bytes of a file, or of standard input ("-"). Nothing at all is Fault::invalid.
Result<std::string> read_whole(std::string const& path);
// The same without the line ends at its end: a secret as editors and echo write it.
Result<std::string> read_secret(std::string const& path);

} // namespace ds
