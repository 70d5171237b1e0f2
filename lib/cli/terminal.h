// Standard input and output as a command needs them: whole writes, and reads that can wait a
// moment.
#pragma once

#include "client/line_batches.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace ds {

enum class Written {
    all,
    nobody_reads, // the other end of the pipe is gone
    failed,       // errno says why
};

// Standard descriptors that came closed are held open, so that no file of ours takes their numbers;
// what is then read or written there fails, and is told. Before anything is opened.
void hold_standard_descriptors();

// Writes past any buffer, so that nothing is lost when the program is killed.
Written write_all(int descriptor, std::string_view bytes);

// Why standard output could not be written, if that happened since the start. run_command tells it.
std::optional<std::string> output_fault();

// True when the other end of the pipe or socket is gone, without writing to it.
bool nobody_reads(int descriptor);

bool is_terminal(int descriptor);
// How wide the terminal is; 0 when it is none, or does not say.
std::size_t terminal_columns(int descriptor);

// A file, a pipe or a terminal. Closes nothing. The end is read once: at a terminal, one Ctrl-D.
class DescriptorSource final : public ByteSource {
public:
    explicit DescriptorSource(int descriptor) : descriptor_(descriptor) {}
    Result<std::size_t> read(char* into, std::size_t most) override;
    bool ready_within(std::chrono::milliseconds pause) override;

private:
    int descriptor_;
    bool ended_ = false;
};

// The text of the last system error.
std::string system_error_text();

} // namespace ds
