// Opens what a command reads.
#include "cli/input.h"

#include "base/bytes.h"
#include "cli/session.h"
#include "cli/terminal.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

namespace ds {

Input::Input(int opened, std::unique_ptr<ByteSource> source, std::optional<std::uint64_t> size)
    : opened_(opened),
      source_(std::move(source)),
      size_(size) {}

Input::Input(Input&& other) noexcept
    : opened_(std::exchange(other.opened_, -1)),
      from_stdin_(other.from_stdin_),
      source_(std::move(other.source_)),
      size_(other.size_) {}

Input::~Input() {
    if (opened_ >= 0) ::close(opened_);
}

Result<Input> Input::of_text(std::string_view text) {
    return Input(-1, std::make_unique<MemorySource>(text), text.size());
}

Result<Input> Input::open(std::string const& path) {
    auto const from_stdin = path == "-";
    auto const descriptor = from_stdin ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return Error{Fault::invalid, "open " + path + ": " + system_error_text()};
    std::optional<std::uint64_t> size;
    struct stat facts {};
    auto const known = ::fstat(descriptor, &facts) == 0;
    if (known && S_ISDIR(facts.st_mode)) {
        if (!from_stdin) ::close(descriptor);
        return Error{Fault::invalid, "open " + path + ": it is a directory"};
    }
    if (known && S_ISREG(facts.st_mode)) size = static_cast<std::uint64_t>(facts.st_size);
    Input input(from_stdin ? -1 : descriptor, std::make_unique<DescriptorSource>(descriptor), size);
    input.from_stdin_ = from_stdin;
    return input;
}

bool Input::is_typed() const {
    return from_stdin_ && is_terminal(STDIN_FILENO);
}

void Input::invite() const {
    if (is_typed() && is_terminal(STDERR_FILENO))
        tell("type; Ctrl-D at the beginning of a line ends");
}

Result<std::string> read_whole(std::string const& path) {
    auto input = TRY(Input::open(path));
    input.invite();
    constexpr std::size_t k_step = 64 * k_kib;
    std::string all;
    for (std::size_t got = 1; got > 0;) {
        auto const before = all.size();
        all.resize(before + k_step);
        got = TRY(input.source().read(all.data() + before, k_step));
        all.resize(before + got);
    }
    if (all.empty()) return Error{Fault::invalid, path + " is empty"};
    return all;
}

Result<std::string> read_secret(std::string const& path) {
    auto secret = TRY(read_whole(path));
    while (secret.ends_with('\n') || secret.ends_with('\r'))
        secret.pop_back();
    if (secret.empty()) return Error{Fault::invalid, path + " is empty"};
    return secret;
}

} // namespace ds
