// A program as a child process: started, heard, waited for. It dies with us.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace ds {

// The output of a child as we read it; the writing end is closed once the child has it.
struct ChildOutput {
    ChildOutput();
    ~ChildOutput();
    ChildOutput(ChildOutput const&) = delete;
    ChildOutput& operator=(ChildOutput const&) = delete;
    void close_writing();

    int reading = -1; // both are -1 when there is no pipe
    int writing = -1;
};

// Its number; what it says goes to the descriptors. Below 0 when it could not be started. `cpu`:
// the one that it is pinned to.
int start_child(std::vector<std::string> words, int output, int errors,
                std::optional<unsigned> cpu = {});

// The exit code, or 128 + signal; empty when it has not ended in time.
std::optional<int> wait_for_child(int child, std::chrono::milliseconds patience);

// What comes up to the first end of a line, or up to the end of all. False when that takes too
// long.
enum class Heard { line, all };
bool hear(int from, std::string& into, Heard until, std::chrono::milliseconds patience);

} // namespace ds
