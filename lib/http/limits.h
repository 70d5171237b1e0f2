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
#include "protocol/stream_name.h"

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
    // The answer to a request that is over a limit; empty when it is let in, and counted.
    std::optional<Response> refuse(Guest& guest, Request const& request, Time now);
    // What a live reader needs besides; or the answer when there is no seat, and then the request,
    // which was let in, does not count.
    std::variant<std::unique_ptr<ReaderSeats>, Response>
    seat_reader(Guest const& guest, Request const& request, StreamName const& name, Time now);

private:
    std::string project_of(Request const& request) const;
    Response answer(Limit limit, std::chrono::nanoseconds wait);
    Response over(std::optional<LimitTable::Over> const& of_address,
                  std::optional<LimitTable::Over> const& of_project);

    bool const on_;
    LimitTable addresses_;
    LimitTable projects_;
    LimitCounts& refused_;
};

} // namespace ds::http
