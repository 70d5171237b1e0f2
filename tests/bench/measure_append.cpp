// Appends: closed loop or a window of requests, to one stream or many, single or in batches.
#include "bench/request_loop.h"

#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

namespace ds {

namespace {

constexpr auto k_warm_up = std::chrono::milliseconds(200);
// Streams are made over at least so many: a server may answer a connection's requests one by one,
// and then as many creations share a sync as there are connections.
constexpr std::size_t k_creating_connections = 64;

struct AppendPlan {
    Target target;
    std::string prefix;
    std::string content_type;
    std::string body;
    std::size_t connections = 1;
    std::size_t window = 1;
    std::uint64_t size = 100;
    std::uint64_t batch = 1;
    std::uint64_t streams = 1;
    bool producers = false;
};

// A JSON message of so many bytes, or a batch of them as an array; else plain bytes.
std::string make_body(AppendPlan const& plan) {
    constexpr std::string_view k_open = R"({"pad":")";
    constexpr std::string_view k_close = R"("})";
    auto const around = k_open.size() + k_close.size();
    if (!plan.content_type.starts_with("application/json")) return std::string(plan.size, 'x');
    auto message = std::string(k_open);
    message.append(plan.size > around ? plan.size - around : 0, 'x').append(k_close);
    if (plan.batch == 1) return message;
    std::string body = "[";
    for (std::uint64_t i = 0; i < plan.batch; ++i)
        body.append(i > 0 ? "," : "").append(message);
    return body + "]";
}

AppendPlan plan_from(Arguments const& arguments) {
    AppendPlan plan;
    plan.target = target_from(arguments);
    plan.prefix = arguments.text("--prefix", "bench");
    plan.content_type = content_type_option(arguments);
    plan.connections = arguments.number("--connections", 1);
    plan.window = arguments.number("--pipeline", 1);
    plan.size = arguments.number("--size", 100);
    plan.batch = arguments.number("--batch", 1);
    plan.streams = arguments.number("--streams", 1);
    plan.producers = arguments.has("--producers");
    if (plan.connections == 0 || plan.window == 0 || plan.batch == 0 || plan.streams == 0)
        give_up("--connections, --pipeline, --batch and --streams must be above 0");
    bool const json = plan.content_type.starts_with("application/json");
    if (plan.batch > 1 && (!json || plan.target.dialect != Dialect::durable_streams))
        give_up("only JSON streams take batches");
    plan.body = make_body(plan);
    return plan;
}

// The appends of one connection. The request is built once; after that only the stream's number and
// the producer's sequence are written into it.
class Appender {
public:
    Appender(AppendPlan const& plan, std::size_t connection)
        : first_stream_(connection % plan.streams),
          next_stream_(first_stream_),
          step_(plan.connections),
          streams_(plan.streams),
          producer_(plan.producers) {
        auto const build = [&](std::uint64_t stream) {
            std::optional<ProducerMark> mark;
            if (producer_)
                mark = ProducerMark{"bench-" + std::to_string(getpid()) + "-" +
                                    std::to_string(connection)};
            return append_request(plan.target, stream_name(plan.prefix, stream), plan.content_type,
                                  plan.body, connection, mark);
        };
        constexpr std::uint64_t k_all_ones = 11'111'111;
        static_assert(k_stream_digits == 8);
        text_ = build(0);
        // The digits stand where the requests for two streams differ.
        auto const other = build(k_all_ones);
        auto const differs = std::ranges::mismatch(text_, other).in1 - text_.begin();
        digits_at_ = static_cast<std::size_t>(differs);
        constexpr std::string_view k_mark = "Producer-Seq: ";
        if (producer_) sequence_at_ = text_.find(k_mark) + k_mark.size();
    }

    void add_next(std::string& into) {
        auto number = next_stream_;
        for (auto i = k_stream_digits; i > 0; --i, number /= 10)
            text_[digits_at_ + i - 1] = static_cast<char>('0' + number % 10);
        if (producer_) {
            // A producer counts in each stream for itself, and meets each once in a round.
            into.append(text_, 0, sequence_at_).append(std::to_string(round_));
            into.append(text_, sequence_at_ + 1);
        } else {
            into.append(text_);
        }
        next_stream_ += step_;
        if (next_stream_ < streams_) return;
        next_stream_ = first_stream_;
        ++round_;
    }

private:
    std::string text_;
    std::size_t digits_at_ = 0;
    std::size_t sequence_at_ = 0; // of a "0"
    std::uint64_t first_stream_;
    std::uint64_t next_stream_;
    std::uint64_t step_;
    std::uint64_t streams_;
    std::uint64_t round_ = 0;
    bool producer_;
};

void create_streams(AppendPlan const& plan) {
    auto const request = [&](std::uint64_t stream, std::size_t connection) {
        return create_request(plan.target, stream_name(plan.prefix, stream), plan.content_type,
                              connection);
    };
    if (request(0, 0).empty()) return;
    // A broker may have one place for all of them.
    bool const one_for_all = request(0, 0) == request(1, 0);
    auto const count = one_for_all ? 1 : plan.streams;
    std::uint64_t next = 0;
    RequestLoopSettings settings;
    settings.target = plan.target;
    settings.connections =
        std::min<std::size_t>(count, std::max(plan.connections, k_creating_connections));
    settings.window = 16;
    settings.compose = [&](std::size_t connection, std::string& into) {
        if (next == count) return false;
        into.append(request(next++, connection));
        return true;
    };
    request_all(settings, "streams could not be made");
}

} // namespace

int measure_append(Arguments const& arguments) {
    auto const plan = plan_from(arguments);
    ServerUse use(arguments);
    if (!arguments.has("--no-create")) create_streams(plan);
    std::vector<Appender> appenders;
    for (std::size_t i = 0; i < plan.connections; ++i)
        appenders.emplace_back(plan, i);

    RequestLoopSettings settings;
    settings.target = plan.target;
    settings.connections = plan.connections;
    settings.window = plan.window;
    settings.warm_up = k_warm_up;
    settings.duration = seconds_option(arguments, 3);
    settings.compose = [&](std::size_t connection, std::string& into) {
        appenders[connection].add_next(into);
        return true;
    };
    auto const result = run_request_loop(settings, use);

    auto const per_second = result.per_second();
    Report report("append");
    report.add_target(plan.target)
        .add("connections", plan.connections)
        .add("size", plan.size)
        .add("streams", plan.streams)
        .add("batch", plan.batch)
        .add("pipeline", plan.window)
        .add("producers", plan.producers)
        .add("content_type", plan.content_type)
        .add("seconds", result.time.count())
        .add("per_second", per_second * static_cast<double>(plan.batch))
        .add("requests_per_second", per_second);
    return finish(report, result, use);
}

} // namespace ds
