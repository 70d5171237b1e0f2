// Just enough of the protocol.
#include "fakes/tiny_streams.h"

#include "base/encoding.h"

#include <chrono>

namespace ds::test {

namespace {

using namespace std::chrono_literals;

std::string path_of(TinyRequest const& request) {
    return request.target.substr(0, request.target.find('?'));
}

std::string next_offset(std::size_t place) {
    return "Stream-Next-Offset: " + std::to_string(place) + "\r\n";
}

} // namespace

bool TinyStreams::answer(TinyRequest const& request, TinyServer::Send const& send) {
    if (request.method == "PUT") return send(tiny_reply(201));
    if (request.method == "DELETE") return send(tiny_reply(204));
    if (request.method == "POST") return append(request, send);
    auto const live = request.parameter("live");
    if (live == "long-poll") return long_poll(request, send);
    if (live == "sse") return events(request, send);
    return send(tiny_reply(200, next_offset(place_of(request)), "[]"));
}

bool TinyStreams::append(TinyRequest const& request, TinyServer::Send const& send) {
    std::size_t tail = 0;
    {
        std::lock_guard const hold(lock_);
        auto& messages = streams_[path_of(request)].messages;
        if (parse_decimal(request.header("producer-seq")) == messages.size())
            messages.push_back(request.body);
        tail = messages.size();
    }
    grown_.notify_all();
    return send(tiny_reply(200, next_offset(tail)));
}

std::size_t TinyStreams::place_of(TinyRequest const& request) {
    auto const offset = request.parameter("offset");
    if (auto const place = parse_decimal(offset)) return *place;
    std::lock_guard const hold(lock_);
    return streams_[path_of(request)].messages.size();
}

std::string TinyStreams::wait_for_more(TinyRequest const& request, std::size_t& place) {
    std::unique_lock hold(lock_);
    auto& messages = streams_[path_of(request)].messages;
    for (auto const until = std::chrono::steady_clock::now() + 1s;
         messages.size() <= place && !server_.is_ending() &&
         std::chrono::steady_clock::now() < until;)
        grown_.wait_for(hold, 10ms);
    std::string batch;
    for (; place < messages.size(); ++place)
        batch += (batch.empty() ? "[" : ",") + messages[place];
    return batch.empty() ? batch : batch + "]";
}

bool TinyStreams::long_poll(TinyRequest const& request, TinyServer::Send const& send) {
    auto place = place_of(request);
    auto const batch = wait_for_more(request, place);
    return send(tiny_reply(batch.empty() ? 204 : 200, next_offset(place), batch));
}

bool TinyStreams::events(TinyRequest const& request, TinyServer::Send const& send) {
    auto place = place_of(request);
    send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n");
    auto const control = [&] {
        return send("event: control\ndata:{\"streamNextOffset\":\"" + std::to_string(place) +
                    "\"}\n\n");
    };
    for (bool there = control(); there && !server_.is_ending();) {
        auto const batch = wait_for_more(request, place);
        there = batch.empty() ? send(":\n\n")
                              : send("event: data\ndata:" + batch + "\n\n") && control();
    }
    return false;
}

LoadPlan small_plan(std::string const& url) {
    LoadPlan plan;
    plan.url = plan.write_url = url;
    plan.run = "1a";
    plan.clients = plan.clients_in_all = 12;
    plan.streams = 3;
    plan.sse_ratio = 0.5;
    plan.write_interval = 50ms;
    plan.duration = 1000ms;
    plan.ramp_up = 0ms;
    plan.threads = 2;
    return plan;
}

} // namespace ds::test
