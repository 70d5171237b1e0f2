// Asking both tables, and telling who has to wait for how long.
#include "http/limits.h"

#include "http/estuary_requests.h"

#include <utility>

namespace ds::http {

namespace {

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

// When a seat becomes free nobody knows: it is worth a try each second.
constexpr std::chrono::seconds k_seat_wait{1};

} // namespace

Limits::Limits(HttpOptions const& options, LimitCounts& refused)
    : on_(options.project.any() || options.address.any()),
      body_budget_(options.body_budget),
      addresses_(options.address),
      projects_(options.project),
      refused_(refused) {}

Response Limits::answer(Limit limit, std::chrono::nanoseconds wait) {
    refused_.note(limit);
    return error_response(429, "RATE_LIMITED", text_of(limit), retry_after(wait));
}

std::unique_ptr<Guest> Limits::welcome(std::string address, Time now) {
    auto seat = addresses_.sit(LimitTable::Kind::connection, address, now);
    if (!seat) {
        refused_.note(Limit::address_connections);
        return nullptr;
    }
    return std::make_unique<Guest>(Guest{std::move(address), *std::move(seat), {}, {}});
}

// Empty where no project is named, or none is limited.
std::string Limits::project_of(Request const& request) const {
    if (!projects_.limits().any()) return {};
    if (request.path.starts_with(k_estuary_root)) {
        auto const path = parse_estuary_path(request.path);
        auto const* const known = std::get_if<EstuaryPath>(&path);
        return known != nullptr ? std::string(known->name.project()) : std::string();
    }
    if (!request.path.starts_with(k_stream_root)) return {};
    auto const name = parse_stream_path(request.path);
    return name ? std::string(name->project()) : std::string();
}

std::optional<Response> Limits::refuse_address(Guest& guest, Request const& request, Time now) {
    auto const over = addresses_.take(guest.address, request.body.size(), now);
    if (!over) return std::nullopt;
    bool const bytes = over->what == LimitTable::Rate::bytes;
    return answer(bytes ? Limit::address_bytes : Limit::address_requests, over->wait);
}

std::optional<Response> Limits::refuse_project(Guest& guest, Request const& request, Time now) {
    auto project = project_of(request);
    if (project.empty()) return std::nullopt;
    auto const bytes = request.body.size();
    bool const moves = project != guest.project;
    auto seat = moves ? projects_.sit(LimitTable::Kind::connection, project, now)
                      : std::optional<LimitTable::Seat>(std::in_place);
    if (!seat) {
        addresses_.give_back(guest.address, bytes);
        return std::move(answer(Limit::project_connections, k_seat_wait).close());
    }
    if (auto const over = projects_.take(project, bytes, now)) {
        addresses_.give_back(guest.address, bytes);
        bool const of_bytes = over->what == LimitTable::Rate::bytes;
        return answer(of_bytes ? Limit::project_bytes : Limit::project_requests, over->wait);
    }
    if (moves) {
        guest.project_seat = *std::move(seat);
        guest.project = std::move(project);
    }
    return std::nullopt;
}

bool Limits::take_body(std::size_t bytes) {
    if (bodies_.fetch_add(bytes, std::memory_order_relaxed) + bytes <= body_budget_) return true;
    give_body(bytes);
    return false;
}

void Limits::give_body(std::size_t bytes) {
    bodies_.fetch_sub(bytes, std::memory_order_relaxed);
}

std::variant<std::unique_ptr<ReaderSeats>, Response>
Limits::seat_reader(Guest const& guest, Request const& request, StreamName const& name, Time now) {
    auto const project = name.project();
    auto of_address = addresses_.sit(LimitTable::Kind::reader, guest.address, now);
    std::optional<LimitTable::Seat> of_project;
    if (of_address) of_project = projects_.sit(LimitTable::Kind::reader, project, now);
    if (of_project)
        return std::make_unique<ReaderSeats>(
            ReaderSeats{*std::move(of_address), *std::move(of_project)});
    addresses_.give_back(guest.address, request.body.size());
    projects_.give_back(project, request.body.size());
    return answer(of_address ? Limit::project_readers : Limit::address_readers, k_seat_wait);
}

} // namespace ds::http
