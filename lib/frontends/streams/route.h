// A route of HTTP as one row: method and path, who may, how much of it, who does it, and what the
// OpenAPI document says of it. Dispatch, 404, 405, preflights, what is refused before a body is
// taken, access, limits and the document all follow from the rows.
//
// A path is a pattern, as the document writes it. Its parameters are
//
//     {project}/{stream}  at the end: a stream, with any slashes. Where one segment is left it is a
//                         stream of the project _default
//     {project}           a project; before __ds it may be left out, and all streams are meant
//     {estuary}           a stream that may be an estuary, behind {project}
//     {id} {fingerprint}  one segment, which the handler looks at
//     {stream}            at the end, behind {id}: all that is left, which the handler looks at
#pragma once

#include "auth/grant.h"
#include "base/bytes.h"
#include "engine/engine.h"
#include "frontends/streams/http_names.h"
#include "frontends/streams/openapi_tables.h"
#include "frontends/streams/services.h"
#include "http/handler.h"
#include "model/stream_name.h"
#include "service/access/access.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace ds::streams {

// What the parameters of a path say.
struct Target {
    StreamName name{};     // of {project}/{stream} and {project}/{estuary}
    std::string project{}; // of {project} alone; empty: of all
    std::string id{};
    std::string stream{}; // behind {id}

    std::string_view project_name() const {
        return name.full().empty() ? std::string_view(project) : name.project();
    }
};

// A request on its way through its route. Kept while the hook is asked.
struct Call {
    Target target;
    access::Granted granted{};
    // Its stream, where it was looked up to know who may read it.
    std::optional<std::variant<std::shared_ptr<Stream>, Refusal>> found{};
};

// Answers, or arranges for the answer.
using Handler = void (*)(Exchange& exchange, Services& services, Call& call);

// Who may: an access request but for the names, which the path says.
struct AccessRule {
    enum class Of : std::uint8_t {
        nobody,   // everybody may, or the handler knows of a token of its own
        project,  // it is about all of the project
        stream,   // it is about one stream
        readable, // the same, and who may read that may do it: whether it is public counts
    };
    Of of = Of::nobody;
    Right right = Right::read;
    bool always = false; // as in access::AccessRequest
    bool never_public = false;
    bool admin_only = false;
};
inline constexpr AccessRule k_anybody{};
constexpr AccessRule for_stream(Right right) {
    return {.of = AccessRule::Of::stream, .right = right};
}

// Whose limits a request counts for.
enum class Counted : std::uint8_t {
    nobody, // it is answered whoever asks under whatever name
    address,
    project, // of the address first
};

// If-Match and If-None-Match of a request that changes something.
enum class Conditions : std::uint8_t {
    handled, // or of no meaning
    refused, // there is nothing that could be compared with a tag
};

// Whether pages of any origin may see the answers, or those that the project allows.
enum class Shown : std::uint8_t { by_project, to_all };

// A stream that the answer shows besides, and that the hook is asked for as well.
using AlsoShown = std::optional<StreamName> (*)(Request const& request, Target const& target);

// The most bytes of a body. No route may have more than the server allows for any.
inline constexpr std::uint64_t k_append_max = UINT64_MAX; // what the server allows
inline constexpr std::uint64_t k_document_max = 64 * k_kib;

struct Route {
    Method method; // a GET answers HEAD, unless that has a row of its own
    char const* pattern;
    AccessRule access;
    Handler handler;
    openapi::Text text;
    std::uint64_t body_max = k_document_max;
    Counted counted = Counted::project;
    Conditions conditions = Conditions::handled;
    Shown shown = Shown::by_project;
    // With what it may be worked on at once, where one connection asks for both.
    http::Overlap::Kind overlap = http::Overlap::Kind::alone;
    AlsoShown also_shown = nullptr;
};

// The rows, by what they are about.
std::vector<Route> read_routes();
std::vector<Route> write_routes();
std::vector<Route> subscription_routes();
std::vector<Route> estuary_routes();
std::vector<Route> config_routes();
std::vector<Route> retention_routes();
std::vector<Route> server_routes();

} // namespace ds::streams
