// The ceiling of fan-out: a process that does nothing but send() a message to many sockets, and
// another that reads them.
//
// Two processes, not threads: each may have as many open files as there are readers.
#include "bench/measure.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <new>
#include <optional>
#include <vector>

namespace ds {

namespace {

constexpr std::uint64_t k_outstanding = 2; // rounds, when there is no pause between them
constexpr int k_silence_ms = 10'000;

struct SocketsPlan {
    std::size_t count = 0;
    std::size_t size = 0;
    std::uint64_t rounds = 0;

    // One at a time, for the times; then one without, and as many without a pause, for the rate.
    std::uint64_t all_rounds() const { return 2 * rounds + 1; }
};

// What both processes see.
struct Shared {
    std::array<std::atomic<LoadClock::rep>, 8> starts{}; // of the latest rounds
    Histogram each; // from the first send() of a round on, of the rounds with a pause
    Histogram last;
};

Shared& make_shared_memory() {
    auto* const memory =
        mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) give_up("no shared memory");
    return *new (memory) Shared;
}

class Receiver {
public:
    // Tells on `rounds_read`, a byte each, when all sockets have read one more round.
    Receiver(SocketsPlan const& plan, std::uint16_t port, Shared& shared, int rounds_read)
        : plan_(plan),
          shared_(shared),
          rounds_read_(rounds_read),
          epoll_(epoll_create1(EPOLL_CLOEXEC)),
          bytes_(plan.count),
          buffer_(std::size_t{256} * 1024) {
        for (std::size_t i = 0; i < plan.count; ++i) {
            sockets_.push_back(connect_now(port));
            watch(epoll_, EPOLL_CTL_ADD, sockets_[i], EPOLLIN, i);
        }
    }

    void run() {
        std::array<epoll_event, 512> events;
        while (messages_ < plan_.all_rounds() * plan_.count) {
            auto const ready =
                epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), k_silence_ms);
            if (ready == 0) give_up("nothing arrived for ten seconds");
            for (int i = 0; i < ready; ++i)
                read_from(events[static_cast<std::size_t>(i)].data.u64);
        }
    }

private:
    void read_from(std::size_t which) {
        auto const got = recv(sockets_[which], buffer_.data(), buffer_.size(), 0);
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (got <= 0) give_up("a connection ended");
        auto const now = LoadClock::now();
        auto const before = bytes_[which] / plan_.size;
        bytes_[which] += static_cast<std::uint64_t>(got);
        for (auto round = before; round < bytes_[which] / plan_.size; ++round)
            count(round, now);
    }

    void count(std::uint64_t round, LoadClock::time_point now) {
        auto const started = shared_.starts[round % shared_.starts.size()].load();
        auto const late = now.time_since_epoch() - LoadClock::duration(started);
        bool const last = ++messages_ % plan_.count == 0;
        if (round < plan_.rounds) shared_.each.record(late);
        if (round < plan_.rounds && last) shared_.last.record(late);
        if (last && write(rounds_read_, "", 1) != 1) give_up("the sender has ended");
    }

    SocketsPlan const& plan_;
    Shared& shared_;
    int rounds_read_;
    int epoll_;
    std::vector<int> sockets_;
    std::vector<std::uint64_t> bytes_; // received, by socket
    std::vector<char> buffer_;
    std::uint64_t messages_ = 0;
};

class Sender {
public:
    Sender(SocketsPlan const& plan, Shared& shared) : plan_(plan), shared_(shared) {}

    std::uint16_t port() const { return listener_.port; }

    void accept_all() {
        int const yes = 1;
        while (sockets_.size() < plan_.count) {
            int const made = accept4(listener_.socket, nullptr, nullptr, SOCK_CLOEXEC);
            if (made < 0) give_up("cannot accept a connection");
            setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
            sockets_.push_back(made);
        }
    }

    // How long the rounds without a pause took.
    std::chrono::duration<double> run(int rounds_read) {
        std::string const message(plan_.size, 'x');
        std::uint64_t read_rounds = 0;
        LoadClock::time_point began;
        auto const wait_for = [&](std::uint64_t rounds) {
            for (char byte = 0; read_rounds < rounds; ++read_rounds)
                if (read(rounds_read, &byte, 1) != 1) give_up("the receiver has ended");
        };
        for (std::uint64_t round = 0; round < plan_.all_rounds(); ++round) {
            auto const ahead = round > plan_.rounds ? k_outstanding : 1;
            wait_for(round + 1 - std::min(ahead, round + 1));
            auto const now = LoadClock::now();
            if (round == plan_.rounds + 1) began = now;
            shared_.starts[round % shared_.starts.size()] = now.time_since_epoch().count();
            for (int const socket : sockets_)
                if (!send_all(socket, message)) give_up("a message could not be sent");
        }
        wait_for(plan_.all_rounds());
        return LoadClock::now() - began;
    }

private:
    SocketsPlan const& plan_;
    Shared& shared_;
    Listener const listener_ = listen_on_loopback(0);
    std::vector<int> sockets_;
};

// The receiver as a child process that dies with this one.
pid_t start_receiver(SocketsPlan const& plan, Sender const& sender, Shared& shared, int rounds_read,
                     std::optional<unsigned> cpu) {
    auto const child = fork();
    if (child < 0) give_up("cannot fork");
    if (child > 0) return child;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    pin_thread(cpu);
    Receiver(plan, sender.port(), shared, rounds_read).run();
    _exit(0);
}

} // namespace

int measure_sockets(Arguments const& arguments) {
    SocketsPlan plan;
    plan.count = arguments.number("--readers", 1000);
    plan.size = arguments.number("--size", 100);
    plan.rounds = arguments.number("--rounds", 20);
    if (plan.count == 0 || plan.rounds == 0 || plan.size == 0)
        give_up("--readers, --rounds and --size must be above 0");
    if (!raise_open_files(plan.count + 100)) return 1;
    auto& shared = make_shared_memory();
    std::array<int, 2> rounds_read{};
    if (pipe(rounds_read.data()) != 0) give_up("no pipe");
    Sender sender(plan, shared);
    auto const receiver =
        start_receiver(plan, sender, shared, rounds_read[1], cpu_option(arguments, "--cpu2"));
    ::close(rounds_read[1]);
    sender.accept_all();
    auto const took = sender.run(rounds_read[0]);
    int status = 0;
    if (waitpid(receiver, &status, 0) != receiver || status != 0) give_up("the receiver failed");

    Report report("sockets");
    report.add("readers", static_cast<std::uint64_t>(plan.count))
        .add("rounds", plan.rounds)
        .add("size", static_cast<std::uint64_t>(plan.size))
        .add("per_second", static_cast<double>(plan.count * plan.rounds) / took.count())
        .add("errors", std::uint64_t{0})
        .add_times(shared.last)
        .add_times(shared.each, "each_");
    report.print();
    return 0;
}

} // namespace ds
