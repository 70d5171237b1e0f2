// The handler, and what it leaves behind.
#include "cli/interrupt.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <thread>

namespace ds {
namespace {

constexpr std::array k_signals{SIGINT, SIGTERM};

volatile std::sig_atomic_t noted = 0;

extern "C" void note(int signal) {
    noted = signal;
}

void set(void (*handler)(int)) {
    for (int const signal : k_signals) {
        struct sigaction action {};
        action.sa_handler = handler;
        action.sa_flags = static_cast<int>(SA_RESETHAND);
        ::sigaction(signal, &action, nullptr);
    }
}

} // namespace

Interrupt::Interrupt() {
    noted = 0;
    set(note);
}

Interrupt::~Interrupt() {
    set(SIG_DFL);
}

bool Interrupt::came() const {
    return noted != 0;
}

void Interrupt::sleep(std::chrono::milliseconds pause) const {
    constexpr std::chrono::milliseconds k_step{100};
    for (auto left = pause; left.count() > 0 && !came(); left -= k_step)
        std::this_thread::sleep_for(std::min(left, k_step));
}

void Interrupt::pass_on() const {
    if (noted == 0) return;
    set(SIG_DFL);
    ::raise(noted);
}

} // namespace ds
