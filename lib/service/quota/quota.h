// How much projects and client addresses may take: client, project and bytes in; a wait out, or
// nothing.
//
// One for all event loops and protocols. A request that is over one limit takes nothing from any of
// them. What a connection and a live reader hold they give back by ending. How many streams a
// project has is limited where streams are made (engine/stream_limit).
#pragma once

#include "service/quota/limit_table.h"
#include "service/quota/limits.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace ds::quota {

// A connection as the limits see it. It belongs to the project that it last asked for.
struct Client {
    std::string address;
    LimitTable::Seat connection;
    std::string project;
    LimitTable::Seat project_connection;
};
// Of a live reader.
struct ReaderSlots {
    LimitTable::Seat of_address;
    LimitTable::Seat of_project;
};

// Which limit has been reached, and when another try is worth it.
struct Exceeded {
    Limit limit;
    std::chrono::nanoseconds wait;
};

class Quota {
public:
    using Time = LimitTable::Time;

    Quota(ScopeLimits const& project, ScopeLimits const& address)
        : on_(project.any() || address.any()),
          addresses_(address),
          projects_(project) {}

    // Else nothing of what follows is of interest, and there are no clients.
    bool on() const { return on_; }

    // Null when the address has as many connections as it may.
    std::unique_ptr<Client> welcome(std::string address, Time now);
    // A request that writes so many bytes, by the limits of its address. Empty: it is let in, and
    // counted.
    std::optional<Exceeded> take_of_address(Client const& client, std::uint64_t bytes, Time now);
    // The same by those of its project, once access was granted: strangers use up nothing of it.
    // An empty project has no limits. The address, which was counted before, has its part back
    // when the project refuses. With Limit::project_connections the connection has to end.
    std::optional<Exceeded> take_of_project(Client& client, std::string_view project,
                                            std::uint64_t bytes, Time now);
    // What a live reader holds besides; when there is no slot, its request, which was let in and
    // wrote so many bytes, does not count.
    std::variant<std::unique_ptr<ReaderSlots>, Exceeded>
    take_reader(Client const& client, std::string_view project, std::uint64_t bytes, Time now);

    RefusedCounts const& refused() const { return refused_; }

private:
    Exceeded exceeded(Limit limit, std::chrono::nanoseconds wait);

    bool const on_;
    LimitTable addresses_;
    LimitTable projects_;
    RefusedCounts refused_;
};

} // namespace ds::quota
