// ds_ceiling: the least a server can do, as a program to measure beside real ones.
#include "bench/ceiling.h"
#include "bench/load.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <iostream>
#include <optional>
#include <string>

namespace ds {

namespace {

constexpr char const* k_usage =
    "ds_ceiling [--commit none|group] [--file PATH] [--cpu N]\n"
    "  --commit WORD  none: an append is answered at once (default)\n"
    "                 group: when it is synced to a file, with all that came meanwhile\n"
    "  --file PATH    that file; made anew, and removed at the end\n"
    "  --cpu N        run on this processor only\n"
    "Prints \"listening PORT\" and serves until SIGTERM.\n";
constexpr std::size_t k_open_files = 12'000; // for 10,000 readers

int run(Arguments const& arguments) {
    auto const commit = arguments.text("--commit", "none");
    std::optional<std::string> file;
    if (commit == "group") file = arguments.text("--file", "");
    if ((commit != "none" && commit != "group") || (file && file->empty()))
        give_up("--commit is none, or group with a --file");
    if (!raise_open_files(k_open_files)) return 1;
    pin_thread(cpu_option(arguments, "--cpu"));

    // Before there are threads, so that none of them takes the signals.
    sigset_t ending;
    sigemptyset(&ending);
    sigaddset(&ending, SIGTERM);
    sigaddset(&ending, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ending, nullptr);
    int const stop = signalfd(-1, &ending, SFD_CLOEXEC);

    Ceiling ceiling(file);
    std::cout << "listening " << ceiling.port() << std::endl;
    ceiling.run(stop);
    close(stop);
    return 0;
}

} // namespace

} // namespace ds

int main(int argc, char** argv) {
    return ds::run(ds::Arguments(argc, argv, ds::k_usage));
}
