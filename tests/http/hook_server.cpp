// A hook over cpp-httplib.
#include "http/hook_server.h"

#include "base/encoding.h"

#include <httplib.h>

#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

namespace ds::test {

namespace {

// Held questions keep a thread each.
constexpr std::size_t k_threads = 64;

} // namespace

std::string HookServer::Asked::operator[](std::string_view name) const {
    for (auto const& [key, value] : headers)
        if (equals_ignoring_case(key, name)) return value;
    return "(none)";
}

struct HookServer::Parts {
    Decide decide;
    mutable std::mutex mutex;
    std::condition_variable released;
    bool held = false;
    std::vector<Asked> asked;
    httplib::Server server;
    int port = 0;
    std::thread thread;

    void answer(httplib::Request const& request, httplib::Response& response) {
        Asked one{request.method, request.target, {}};
        for (auto const& [name, value] : request.headers)
            one.headers.emplace_back(name, value);
        {
            std::unique_lock lock(mutex);
            asked.push_back(one);
            released.wait(lock, [&] { return !held; });
        }
        auto const said = decide(one);
        response.status = said.status;
        for (auto const& [name, value] : said.headers)
            response.set_header(name, value);
    }
    void set(bool to) {
        std::lock_guard const lock(mutex);
        held = to;
        released.notify_all();
    }
};

HookServer::HookServer(Decide decide) : parts_(std::make_unique<Parts>()) {
    auto& parts = *parts_;
    parts.decide = std::move(decide);
    parts.server.new_task_queue = [] { return new httplib::ThreadPool(k_threads); };
    parts.server.Get(
        ".*", [&parts](auto const& request, auto& response) { parts.answer(request, response); });
    parts.port = parts.server.bind_to_any_port("127.0.0.1");
    parts.thread = std::thread([&parts] { parts.server.listen_after_bind(); });
    while (!parts.server.is_running())
        std::this_thread::yield();
}

HookServer::~HookServer() {
    release();
    parts_->server.stop();
    parts_->thread.join();
}

std::string HookServer::url() const {
    return "http://127.0.0.1:" + std::to_string(parts_->port) + "/may";
}

std::vector<HookServer::Asked> HookServer::asked() const {
    std::lock_guard const lock(parts_->mutex);
    return parts_->asked;
}

void HookServer::hold() {
    parts_->set(true);
}

void HookServer::release() {
    parts_->set(false);
}

HookServer::Decide by_token(std::string const& control) {
    return [control](HookServer::Asked const& asked) {
        auto const token = asked["Authorization"];
        auto const right = asked["Stream-Right"];
        HookServer::Answer answer{401, {{"WWW-Authenticate", "Basic realm=\"shop\""}}};
        if (token == "Bearer all") answer = {204};
        if (token == "Bearer reads") answer = {right == "read" ? 200 : 403};
        if (token == "Bearer writes") answer = {right == "manage" ? 403 : 200};
        if (token == "Bearer nothing") answer = {403};
        if (token == "Bearer broken") answer = {500};
        if (token == "Bearer moved") answer = {302, {{"Location", "/elsewhere"}}};
        if (!control.empty()) answer.headers.emplace_back("Cache-Control", control);
        return answer;
    };
}

} // namespace ds::test
