// Ctrl-C, noticed instead of obeyed, so that a command can put things back before it ends.
#pragma once

#include <chrono>

namespace ds {

// While it lives, the first SIGINT or SIGTERM is only noted; a second one ends the program.
// One at a time.
class Interrupt {
public:
    Interrupt();
    ~Interrupt();
    Interrupt(Interrupt const&) = delete;
    Interrupt& operator=(Interrupt const&) = delete;

    bool came() const;
    // Returns early when one comes.
    void sleep(std::chrono::milliseconds pause) const;
    // Ends the program as the signal would have, if one came.
    void pass_on() const;
};

} // namespace ds
