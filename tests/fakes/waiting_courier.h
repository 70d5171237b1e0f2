// A courier for tests: asks, waits for the answer, and remembers what it was told of watched
// streams.
#pragma once

#include "base/guarded.h"
#include "engine/courier.h"
#include "engine/engine.h"

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace ds::test {

class WaitingCourier final : public Courier {
public:
    explicit WaitingCourier(Engine& engine, unsigned number = 0)
        : Courier(number),
          engine_(engine) {
        engine.enrol(*this);
    }

    void deliver(Parcel parcel) override {
        {
            auto box = box_.lock();
            for (auto& [ticket, answer] : parcel.answers)
                box->answers.emplace(ticket, std::move(answer));
            for (auto& [ticket, page] : parcel.pages)
                box->pages.emplace(ticket, std::move(page));
            for (auto& advance : parcel.advances)
                box->advances.push_back(std::move(advance));
        }
        arrived_.notify_all();
    }

    // Hands the ask in; the ticket is for wait(). Empty when the engine is busy.
    std::optional<Ticket> submit(Ask ask) {
        auto const ticket = next_++;
        if (!engine_.submit(ask, {this, ticket})) return std::nullopt;
        return ticket;
    }
    Answer wait(Ticket ticket) { return take(&Box::answers, ticket); }
    Answer ask(Ask asked) { return wait(submit(std::move(asked)).value()); }

    // The page at a position, from wherever it is.
    Result<Page> page(std::shared_ptr<Stream> const& stream, std::uint64_t from,
                      std::uint64_t limit = k_no_limit) {
        if (auto now = engine_.page_now(*stream, from, limit)) return *std::move(now);
        auto const ticket = next_++;
        if (!engine_.page_later(stream, from, limit, {this, ticket}))
            return Error{Fault::busy, "too many reads"};
        return take(&Box::pages, ticket);
    }

    // The same page from the log, asked for by so many at once.
    std::vector<Result<Page>> pages_later(std::shared_ptr<Stream> const& stream, std::uint64_t from,
                                          std::size_t readers) {
        std::vector<Ticket> tickets;
        for (std::size_t i = 0; i < readers; ++i) {
            tickets.push_back(next_++);
            if (!engine_.page_later(stream, from, k_no_limit, {this, tickets.back()}))
                tickets.pop_back();
        }
        std::vector<Result<Page>> pages;
        for (auto const ticket : tickets)
            pages.push_back(take(&Box::pages, ticket));
        return pages;
    }

    std::vector<std::shared_ptr<Advance const>> wait_for_advances(std::size_t count) {
        auto box = box_.lock();
        box.wait_until(arrived_, deadline(),
                       [&](Box& now) { return now.advances.size() >= count; });
        return box->advances;
    }

private:
    struct Box {
        std::map<Ticket, Answer> answers;
        std::map<Ticket, Result<Page>> pages;
        std::vector<std::shared_ptr<Advance const>> advances;
    };
    static std::chrono::steady_clock::time_point deadline() {
        return std::chrono::steady_clock::now() + std::chrono::seconds(30);
    }
    template <typename Value>
    Value take(std::map<Ticket, Value> Box::*shelf, Ticket ticket) {
        auto box = box_.lock();
        box.wait_until(arrived_, deadline(),
                       [&](Box& now) { return ((now.*shelf).contains(ticket)); });
        auto const found = ((*box).*shelf).find(ticket);
        Value taken = std::move(found->second);
        ((*box).*shelf).erase(found);
        return taken;
    }

    Engine& engine_;
    Ticket next_ = 1;
    Guarded<Box> box_;
    std::condition_variable arrived_;
};

} // namespace ds::test
