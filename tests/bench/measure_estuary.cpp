// Copies: messages of one stream to many estuaries, what they cost the publisher, and how long
// until all have them.
#include "bench/measure.h"
#include "bench/request_loop.h"
#include "support/http_client.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <thread>

namespace ds {

namespace {

constexpr std::string_view k_stream_root = "/v1/stream/";
constexpr std::size_t k_subscribing_connections = 16;
constexpr std::uint64_t k_segment_messages = 1000; // of a server with its usual settings
constexpr auto k_look_pause = std::chrono::milliseconds(2);
constexpr auto k_patience = std::chrono::seconds(120);

struct Plan {
    std::string project;
    std::string source;
    std::uint64_t subscribers = 0;
    std::uint64_t rate = 0; // messages a second; 0: the next one follows the answer
    std::size_t size = 0;
    std::chrono::nanoseconds time{};
    std::string token;
};

HttpHeaders headers_of(Plan const& plan) {
    HttpHeaders headers{{"Content-Type", "text/plain"}};
    if (!plan.token.empty()) headers.emplace_back("Authorization", "Bearer " + plan.token);
    return headers;
}

std::string estuary_of(std::uint64_t number) {
    return "inbox-" + std::to_string(number);
}

// Messages in an estuary, as its tail says.
std::uint64_t count_in(HttpClient& client, Plan const& plan, std::uint64_t number) {
    auto const got = client.send(
        {"HEAD",
         std::string(k_stream_root) + plan.project + "/" + plan.source + "-" + estuary_of(number),
         headers_of(plan)});
    if (!got || got->status != 200) give_up("an estuary is not there");
    auto const token = got->value("stream-next-offset");
    std::uint64_t segment = 0;
    std::uint64_t position = 0;
    auto const middle = token.find('_');
    std::from_chars(token.data(), token.data() + middle, segment);
    std::from_chars(token.data() + middle + 1, token.data() + token.size(), position);
    return segment * k_segment_messages + position / plan.size;
}

void subscribe_all(Target const& target, Plan const& plan) {
    std::uint64_t next = 0;
    RequestLoopSettings settings;
    settings.target = target;
    settings.connections = k_subscribing_connections;
    settings.compose = [&](std::size_t, std::string& into) {
        if (next == plan.subscribers) return false;
        auto const body = R"({"estuaryId":")" + plan.source + "-" + estuary_of(next++) + R"("})";
        into += "POST /v1/estuary/subscribe/" + plan.project + "/" + plan.source +
                " HTTP/1.1\r\nHost: localhost\r\n" + credentials_of(target) +
                "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
                "\r\n\r\n" + body;
        return true;
    };
    settings.judge = [](std::size_t, FirstAnswer const& answer) { return answer.status == 200; };
    if (plan.subscribers > 0) request_all(settings, "an estuary could not subscribe");
}

class Publisher {
public:
    Publisher(HttpClient& client, Plan const& plan) : client_(client), plan_(plan) {
        request_ = {"POST", std::string(k_stream_root) + plan.project + "/" + plan.source,
                    headers_of(plan), std::string(plan.size, 'x')};
    }

    void run() {
        auto const began = LoadClock::now();
        for (std::uint64_t asked = 0; LoadClock::now() < began + plan_.time; ++asked) {
            if (plan_.rate > 0)
                std::this_thread::sleep_until(
                    began + std::chrono::nanoseconds(std::chrono::seconds(1)) * asked / plan_.rate);
            auto const sent = LoadClock::now();
            auto const got = client_.send(request_);
            if (!got || (got->status != 204 && got->status != 503))
                ++errors;
            else if (got->status == 503)
                ++busy; // too much is owed
            else {
                ++published;
                times.record(LoadClock::now() - sent);
            }
        }
    }

    std::uint64_t published = 0;
    std::uint64_t busy = 0;
    std::uint64_t errors = 0;
    Histogram times;

private:
    HttpClient& client_;
    Plan const& plan_;
    HttpRequest request_;
};

} // namespace

int measure_estuary(Arguments const& arguments) {
    auto const target = target_from(arguments);
    Plan plan;
    plan.project = "_default";
    plan.source = arguments.text("--prefix", "bench") + "-source";
    plan.subscribers = arguments.number("--subscribers", 10'000);
    plan.rate = arguments.number("--rate", 0);
    plan.size = arguments.number("--size", 100);
    plan.time = seconds_option(arguments, 2);
    plan.token = target.token;
    HttpClient client(target.port);
    auto const created = client.send(
        {"PUT", std::string(k_stream_root) + plan.project + "/" + plan.source, headers_of(plan)});
    if (!created || created->status != 201) give_up("the source could not be made");
    subscribe_all(target, plan);

    ServerUse use(arguments);
    use.begin();
    auto const began = LoadClock::now();
    Publisher publisher(client, plan);
    publisher.run();
    auto const last = plan.subscribers == 0 ? 0 : plan.subscribers - 1;
    for (auto const number : {last, std::uint64_t{0}, last / 2})
        while (plan.subscribers > 0 && count_in(client, plan, number) < publisher.published) {
            if (LoadClock::now() > began + plan.time + k_patience) give_up("copies do not come");
            std::this_thread::sleep_for(k_look_pause);
        }
    std::chrono::duration<double> const took = LoadClock::now() - began;
    use.end();

    auto const copies = publisher.published * plan.subscribers;
    Report report("estuary");
    report.add_target(target)
        .add("subscribers", plan.subscribers)
        .add("rate", plan.rate)
        .add("size", static_cast<std::uint64_t>(plan.size))
        .add("seconds", took.count())
        .add("published", publisher.published)
        .add("busy", publisher.busy)
        .add("copies", copies)
        .add("per_second", static_cast<double>(copies) / took.count())
        .add_times(publisher.times)
        .add_server(use, std::max<std::uint64_t>(copies, 1))
        .add("errors", publisher.errors);
    report.print();
    return publisher.errors == 0 ? 0 : 1;
}

} // namespace ds
