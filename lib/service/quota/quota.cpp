// Asking both tables, and counting who has to wait.
#include "service/quota/quota.h"

#include <utility>

namespace ds::quota {

namespace {

// When a slot becomes free nobody knows: it is worth a try each second.
constexpr std::chrono::seconds k_slot_wait{1};

} // namespace

std::string_view text_of(Limit limit) {
    switch (limit) {
    case Limit::project_requests: return "too many requests of this project";
    case Limit::project_bytes: return "too many bytes are written to this project";
    case Limit::project_connections: return "too many connections of this project";
    case Limit::project_readers: return "too many live readers of this project";
    case Limit::project_streams: return "the project has as many streams as it may";
    case Limit::stream_producers: return "the stream remembers as many producers as it may";
    case Limit::address_requests: return "too many requests from this address";
    case Limit::address_bytes: return "too many bytes are written from this address";
    case Limit::address_connections: return "too many connections from this address";
    case Limit::address_readers: return "too many live readers at this address";
    }
    return "over a limit";
}

Exceeded Quota::exceeded(Limit limit, std::chrono::nanoseconds wait) {
    refused_.add(limit);
    return {limit, wait};
}

std::unique_ptr<Client> Quota::welcome(std::string address, Time now) {
    auto slot = addresses_.sit(LimitTable::Kind::connection, address, now);
    if (!slot) {
        refused_.add(Limit::address_connections);
        return nullptr;
    }
    return std::make_unique<Client>(Client{std::move(address), *std::move(slot), {}, {}});
}

std::optional<Exceeded> Quota::take_of_address(Client const& client, std::uint64_t bytes,
                                               Time now) {
    auto const over = addresses_.take(client.address, bytes, now);
    if (!over) return std::nullopt;
    bool const of_bytes = over->what == LimitTable::Rate::bytes;
    return exceeded(of_bytes ? Limit::address_bytes : Limit::address_requests, over->wait);
}

std::optional<Exceeded> Quota::take_of_project(Client& client, std::string_view project,
                                               std::uint64_t bytes, Time now) {
    if (project.empty() || !projects_.limits().any()) return std::nullopt;
    bool const moves = project != client.project;
    auto slot = moves ? projects_.sit(LimitTable::Kind::connection, project, now)
                      : std::optional<LimitTable::Seat>(std::in_place);
    if (!slot) {
        addresses_.give_back(client.address, bytes);
        return exceeded(Limit::project_connections, k_slot_wait);
    }
    if (auto const over = projects_.take(project, bytes, now)) {
        addresses_.give_back(client.address, bytes);
        bool const of_bytes = over->what == LimitTable::Rate::bytes;
        return exceeded(of_bytes ? Limit::project_bytes : Limit::project_requests, over->wait);
    }
    if (moves) {
        client.project_connection = *std::move(slot);
        client.project = project;
    }
    return std::nullopt;
}

std::variant<std::unique_ptr<ReaderSlots>, Exceeded>
Quota::take_reader(Client const& client, std::string_view project, std::uint64_t bytes, Time now) {
    auto of_address = addresses_.sit(LimitTable::Kind::reader, client.address, now);
    std::optional<LimitTable::Seat> of_project;
    if (of_address) of_project = projects_.sit(LimitTable::Kind::reader, project, now);
    if (of_project)
        return std::make_unique<ReaderSlots>(
            ReaderSlots{*std::move(of_address), *std::move(of_project)});
    addresses_.give_back(client.address, bytes);
    projects_.give_back(project, bytes);
    return exceeded(of_address ? Limit::project_readers : Limit::address_readers, k_slot_wait);
}

} // namespace ds::quota
