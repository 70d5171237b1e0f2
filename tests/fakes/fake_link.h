// A link without a socket: what a session says is kept as text, and a test decides what has room.
#pragma once

#include "transport/session.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace ds::test {

class FakeLink final : public transport::Link {
public:
    // Of a session that has just begun.
    void attach(transport::Session& session) {
        session_ = &session;
        session.on_start();
    }

    // --- the peer ---
    void receive(std::string_view bytes) {
        pending.append(bytes);
        offer();
    }
    void end_of_peer() { session_->on_end(); }
    // Takes nothing from now on, or all that it was sent.
    void block() { blocked_ = true; }
    void unblock() {
        blocked_ = false;
        flush();
    }

    // --- Link ---
    std::uint64_t number() const override { return 7; }
    transport::Address peer() const override { return {}; }
    bool is_secure() const override { return false; }
    transport::Admitted* admitted() override { return nullptr; }
    transport::SteadyTime now() const override { return time; }
    void send(std::string head, Bytes body) override {
        send_soon(std::move(head), std::move(body));
        flush();
    }
    void send_soon(std::string head, Bytes body) override {
        if (ended || closed) return;
        unsent_.append(head).append(body.view());
    }
    void flush() override {
        if (unsent_.empty() || blocked_) return;
        sent.append(std::exchange(unsent_, {}));
        ++sends;
        if (!ended && !closed) session_->on_room();
    }
    bool has_unsent() const override { return !unsent_.empty(); }
    bool is_full() const override { return blocked_ && !unsent_.empty(); }
    bool resume() override {
        if (offering_) {
            resumed_ = true;
            return false;
        }
        offer();
        return true;
    }
    void trim() override {}
    void end(bool) override {
        ended = true;
        sent.append(std::exchange(unsent_, {}));
        pending.clear();
    }
    void close() override {
        if (std::exchange(closed, true)) return;
        session_->on_close();
    }
    void set_deadline(transport::SteadyTime at) override { deadline = at; }

    std::string pending; // that the session has not taken
    std::string sent;
    std::size_t sends = 0; // of several answers together it is one
    bool ended = false;
    bool closed = false;
    transport::SteadyTime time{std::chrono::hours(1)};
    transport::SteadyTime deadline = transport::SteadyTime::max();

private:
    void offer() {
        if (ended || closed || pending.empty() || !session_->takes_bytes()) return;
        offering_ = true;
        do {
            resumed_ = false;
            auto const taken = session_->on_bytes(pending);
            if (!ended && !closed) pending.erase(0, taken);
        } while (resumed_ && !ended && !closed && !pending.empty());
        offering_ = false;
    }

    transport::Session* session_ = nullptr;
    std::string unsent_;
    bool blocked_ = false;
    bool offering_ = false;
    bool resumed_ = false;
};

} // namespace ds::test
