// Asking the gate for the errand that path and method name.
#include "http/head_check.h"

#include "base/encoding.h"
#include "http/config_routes.h"
#include "http/estuary_requests.h"
#include "http/io_thread.h"
#include "http/subscription_routes.h"
#include "model/stream_name.h"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

namespace ds::http {

namespace {

constexpr std::uint64_t k_document_max = 64 * k_kib;
constexpr std::uint64_t k_settings_max = 256 * k_kib;
// An acknowledgement names up to a thousand streams. Their routes refuse more than 1 MiB, in their
// own form.
constexpr std::uint64_t k_control_max = 2 * k_mib;

using Passed = std::variant<Pass, Response, AskHook>;

std::optional<Response> refusal_in(Passed passed) {
    if (auto* refused = std::get_if<Response>(&passed)) return std::move(*refused);
    return std::nullopt;
}

// Where a route knows better what the token must be for: only that it is a good one.
std::optional<Response> worthless_in(Passed passed) {
    auto refused = refusal_in(std::move(passed));
    return refused && refused->status() == 401 ? std::move(refused) : std::nullopt;
}

std::optional<Response> refused_stream(Request const& request, Gate& gate) {
    if (control_path(request.path)) return std::nullopt; // some have tokens of their own
    auto const name = parse_stream_path(request.path);
    if (!name) return std::nullopt;
    bool const reads = request.method == Method::get || request.method == Method::head;
    if (reads) return std::nullopt; // whether it is public is known to its route
    auto const right = request.method == Method::remove ? Right::manage : Right::write;
    return refusal_in(gate.admit(request, {right, name->project(), name->stream()}));
}

// Whatever it is about, it takes at least a token of the project.
std::optional<Response> refused_estuary(Request const& request, Gate& gate) {
    auto const path = parse_estuary_path(request.path);
    auto const* const known = std::get_if<EstuaryPath>(&path);
    if (known == nullptr) return std::nullopt;
    Errand errand{Right::join, known->name.project(), {}};
    errand.never_public = true;
    return worthless_in(gate.admit(request, errand));
}

std::optional<Response> refused_settings(Request const& request, Gate& gate) {
    auto const rest = request.path.substr(k_config_root.size());
    auto const project = percent_decode(rest.substr(0, rest.find('/')));
    if (!project) return std::nullopt;
    return worthless_in(gate.admit(request, {Right::manage, *project, {}, false, true}));
}

std::optional<Response> refused_reader_key(Request const& request, Gate& gate) {
    auto const name = reader_key_stream(request.path);
    if (!name) return std::nullopt;
    return worthless_in(
        gate.admit(request, {Right::manage, name->project(), name->stream(), false, true}));
}

} // namespace

std::optional<Response> refused_by_head(Request const& request, IoThread& io) {
    auto& gate = io.gate;
    if (auto refused = gate.refuse_foreigner(request)) return refused;
    if (request.method == Method::options) return std::nullopt;
    auto const begins = [&](std::string_view root) { return request.path.starts_with(root); };
    if (begins(k_stream_root)) return refused_stream(request, gate);
    if (begins(k_estuary_root)) return refused_estuary(request, gate);
    if (begins(k_config_root)) return refused_settings(request, gate);
    if (begins(k_reader_key_root)) return refused_reader_key(request, gate);
    return std::nullopt;
}

std::uint64_t body_limit_of(Request const& request, std::uint64_t of_appends) {
    auto const& path = request.path;
    auto const most = [&](std::uint64_t bytes) { return std::min(bytes, of_appends); };
    if (path.starts_with(k_stream_root))
        return control_path(path) ? most(k_control_max) : of_appends;
    if (path.starts_with(k_estuary_root)) {
        auto const parsed = parse_estuary_path(path);
        auto const* const known = std::get_if<EstuaryPath>(&parsed);
        bool const publishes = known != nullptr && known->kind == EstuaryPath::Kind::publish;
        return publishes ? of_appends : most(k_document_max);
    }
    return most(path.starts_with(k_config_root) ? k_settings_max : k_document_max);
}

} // namespace ds::http
