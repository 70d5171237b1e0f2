// The limits of projects and of client addresses: what is let in, and what a refusal answers.
//
// One for all io threads. A request that is over one limit takes nothing from any of them. What a
// connection and a live reader hold they give back by ending. How many streams a project has is
// limited where streams are made (engine/stream_limit).
#pragma once

#include "engine/limit_counts.h"
#include "http/limit_table.h"
#include "http/options.h"
#include "http/request.h"
#include "http/response.h"
#include "model/stream_name.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace ds::http {

// A peer as the limits see it. Its connection belongs to the project that it last asked for.
struct Guest {
    std::string address;
    LimitTable::Seat seat;
    std::string project;
    LimitTable::Seat project_seat;
};
// Of a live reader.
struct ReaderSeats {
    LimitTable::Seat of_address;
    LimitTable::Seat of_project;
};

class Limits {
public:
    using Time = LimitTable::Time;

    Limits(HttpOptions const& options, LimitCounts& refused);

    // Else nothing of what follows is of interest, and there are no guests.
    bool on() const { return on_; }

    // Null when the address has as many connections as it may.
    std::unique_ptr<Guest> welcome(std::string address, Time now);
    // The answer to a request that is over a limit of its address; empty when it is not, and
    // counted.
    std::optional<Response> refuse_address(Guest& guest, Request const& request, Time now);
    // The same for its project, once it was let in: strangers use up nothing of it. The address,
    // which was counted before, has its part back when the project refuses.
    std::optional<Response> refuse_project(Guest& guest, Request const& request, Time now);
    // What a live reader needs besides; or the answer when there is no seat, and then the request,
    // which was let in, does not count.
    std::variant<std::unique_ptr<ReaderSeats>, Response>
    seat_reader(Guest const& guest, Request const& request, StreamName const& name, Time now);

    // Bodies that have begun to arrive share a budget of memory. False when it is used up.
    bool take_body(std::size_t bytes);
    void give_body(std::size_t bytes);

private:
    std::string project_of(Request const& request) const;
    Response answer(Limit limit, std::chrono::nanoseconds wait);

    bool const on_;
    std::size_t const body_budget_;
    std::atomic<std::size_t> bodies_ = 0;
    LimitTable addresses_;
    LimitTable projects_;
    LimitCounts& refused_;
};

} // namespace ds::http
