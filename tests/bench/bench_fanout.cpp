// SSE fan-out: messages at a fixed rate to many readers; deliveries per second and how late they
// are.
#include "bench/load.h"
#include "bench/sse_readers.h"
#include "support/temp_dir.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <iostream>

namespace ds {

namespace {

constexpr char const* k_usage =
    "ds_bench_fanout [--readers N] [--rate N] [--seconds N] [--size BYTES] [--server-cpu N]\n"
    "                [--client-cpu N] [--ds PATH] [--data DIR]\n"
    "  --readers N  SSE readers on one stream (1000)\n"
    "  --rate N     messages a second (10)\n"
    "  --seconds N  how long (5)\n";
constexpr char const* k_stream = "bench/fanout";

// Appends without waiting for the answers, which are only counted.
class Sender {
public:
    Sender(std::uint16_t port, std::size_t size)
        : socket_(connect_without_waiting(port)),
          size_(size) {}
    ~Sender() { ::close(socket_); }
    Sender(Sender const&) = delete;
    Sender& operator=(Sender const&) = delete;

    void send(std::uint64_t number) {
        std::array<char, 65536> answers;
        while (recv(socket_, answers.data(), answers.size(), 0) > 0) {
        }
        auto const body = numbered_message(number, size_);
        if (!send_all(socket_,
                      std::string("POST /v1/stream/") + k_stream +
                          " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                          "Content-Length: " +
                          std::to_string(body.size()) + "\r\n\r\n" + body))
            give_up("cannot send an append");
    }

private:
    int socket_;
    std::size_t size_;
};

struct Outcome {
    std::vector<std::chrono::nanoseconds> times;      // of each delivery
    std::vector<std::chrono::nanoseconds> last_times; // of each message, to its last reader
    std::chrono::duration<double> took{};
};

Outcome play(Arguments const& arguments, SseReaders& readers, Sender& sender, std::size_t count) {
    auto const rate = arguments.number("--rate", 10);
    auto const messages = rate * arguments.number("--seconds", 5);
    auto const step = std::chrono::duration_cast<LoadClock::duration>(std::chrono::seconds(1)) /
                      static_cast<std::int64_t>(rate);
    std::vector<LoadClock::time_point> sent(messages);
    std::vector<std::size_t> received(messages);
    Outcome outcome;
    auto const began = LoadClock::now();
    auto const patience =
        began + step * static_cast<std::int64_t>(messages) + std::chrono::seconds(20);
    std::uint64_t next = 0;
    while (outcome.times.size() < messages * count) {
        auto const now = LoadClock::now();
        if (now > patience || readers.lost() > 0) break;
        if (next < messages && now >= began + step * static_cast<std::int64_t>(next)) {
            sent[next] = now;
            sender.send(next++);
        }
        readers.poll(std::chrono::milliseconds(1), [&](std::uint64_t number) {
            if (number >= next) return;
            auto const late = LoadClock::now() - sent[number];
            outcome.times.push_back(late);
            if (++received[number] == count) outcome.last_times.push_back(late);
        });
    }
    outcome.took = LoadClock::now() - began;
    return outcome;
}

int run(Arguments const& arguments) {
    auto const count = arguments.number("--readers", 1000);
    if (!raise_open_files(count + 1000)) return 1;
    TempDir const directory(arguments.text("--data", ""));
    auto const server = serve(arguments, directory.path() + "/data", {"--sse-lifetime", "0"});
    pin_thread(cpu_option(arguments, "--client-cpu"));
    create_stream(server->port(), k_stream, "application/json");
    SseReaders readers(server->port());
    readers.open(k_stream, count);
    Sender sender(server->port(), arguments.number("--size", 100));

    auto const cpu_before = server->cpu_time();
    auto outcome = play(arguments, readers, sender, count);
    auto const cpu = server->cpu_time() - cpu_before;
    auto const delivered = outcome.times.size();
    auto const per_second = static_cast<double>(delivered) / outcome.took.count();
    auto const us_each =
        delivered > 0 ? 1000.0 * static_cast<double>(cpu.count()) / static_cast<double>(delivered)
                      : 0;
    auto const each = percentiles(outcome.times);
    auto const last = percentiles(outcome.last_times);
    auto const rate = arguments.number("--rate", 10);
    auto const wanted = count * rate * arguments.number("--seconds", 5);
    std::cout
        << format_text("%zu readers, %zu messages/s: %zu of %zu deliveries, %.0f /s, p50 %.2f ms, "
                       "p99 %.2f ms; last reader p50 %.2f ms, p99 %.2f ms; server %.1f us each\n",
                       count, rate, delivered, wanted, per_second, each.p50_ms, each.p99_ms,
                       last.p50_ms, last.p99_ms, us_each)
        << format_text(R"({"bench":"fanout","readers":%zu,"rate":%zu,"delivered":%zu,"wanted":%zu,)"
                       R"("per_second":%.0f,"p50_ms":%.3f,"p99_ms":%.3f,"last_p50_ms":%.3f,)"
                       R"("last_p99_ms":%.3f,"server_us_each":%.2f})",
                       count, rate, delivered, wanted, per_second, each.p50_ms, each.p99_ms,
                       last.p50_ms, last.p99_ms, us_each)
        << std::endl;
    return readers.lost() == 0 ? 0 : 1;
}

} // namespace

} // namespace ds

int main(int argc, char** argv) {
    return ds::run(ds::Arguments(argc, argv, ds::k_usage));
}
