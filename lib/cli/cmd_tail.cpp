// ds tail: prints a stream, and goes on as it grows.
#include "cli/commands.h"
#include "cli/explain.h"
#include "cli/place.h"
#include "cli/terminal.h"
#include "client/follower.h"
#include "net/curl_fetch.h"

#include <unistd.h>

#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

namespace ds {
namespace {

struct TailOptions {
    std::string stream;
    std::string from = "start";
    std::optional<std::uint64_t> last;
    bool no_follow = false;
};

constexpr char const* k_tail_footer =
    "The bytes of the stream go to standard output exactly as they were appended; a\n"
    "JSON stream comes out as one message per line. After an interruption, such as a\n"
    "restart of the server, it goes on where it was: nothing is lost, nothing comes\n"
    "twice. It ends when the stream is closed, or with Ctrl-C.\n"
    "\n"
    "Examples:\n"
    "  ds tail orders/7\n"
    "  ds tail builds/log-12 --from now\n"
    "  ds tail chat/room-7 -n 50\n"
    "  ds tail orders/7 --no-follow > orders.ndjson";

class StandardOutput final : public FollowOutput {
public:
    // Called once a server has answered, before the first byte is written.
    std::function<void()> on_begin;

    void begin() {
        if (auto const told = std::exchange(on_begin, nullptr)) told();
    }
    Flow on_bytes(std::string_view bytes) override {
        begin();
        auto const written = write_all(STDOUT_FILENO, bytes);
        return written == Written::all ? Flow::more : Flow::stop;
    }
    // "ds tail | head" must end when head does, even if the stream stays quiet.
    Flow on_idle() override { return nobody_reads(STDOUT_FILENO) ? Flow::stop : Flow::more; }
    void on_interruption(std::string_view why) override {
        tell("interrupted (" + std::string(why) + "), trying again");
    }
};

// Retention may have removed the beginning. Who asked for it is to know.
void tell_of_missing(StreamClient& client, StreamName const& name) {
    auto const said = client.head(name);
    auto const* state = said ? std::get_if<StreamState>(&*said) : nullptr;
    if (state == nullptr || state->earliest_offset.empty()) return;
    tell("stream " + shown(name) + " begins at " + state->earliest_offset +
         ": retention has removed what was before that");
}

ExitCode tail(Session const& session, TailOptions const& options) {
    auto const place = place_of(session, options.stream);
    if (!place) return fail(ExitCode::misused, place.error().what);
    auto const& name = place->name;
    FollowRequest request;
    request.from = options.from == "start" ? "-1" : options.from;
    request.last = options.last.value_or(0);
    request.live = options.no_follow ? Live::no : Live::yes;

    CurlFetch fetch(trusted_by(session.ca_file));
    StreamClient client(fetch, place->url, session.token);
    Follower follower(client, name, Backoff::seeded(),
                      [](auto pause) { std::this_thread::sleep_for(pause); });
    StandardOutput output;
    auto const from_start = options.from == "start" || options.from == "-1";
    if (from_start) output.on_begin = [&] { tell_of_missing(client, name); };
    auto const end = follower.run(request, output);
    if (end && std::holds_alternative<FollowEnd>(*end)) output.begin();
    if (auto const why = trouble_in(end, client, Doing::tail, name)) return fail(*why);
    return ExitCode::done;
}

} // namespace

Action add_tail(CommandLine& line, Session& session) {
    auto options = std::make_shared<TailOptions>();
    auto const wrong = [](std::string const& place) {
        return place.empty() ? std::string("is empty") : std::string();
    };
    line.options({
        {"STREAM", &options->stream, "PROJECT/STREAM, or STREAM in the default project",
         takes().required()},
        {"--from", &options->from, "Where to begin: start, now (only what comes), or an offset",
         takes("start|now|OFFSET").check(wrong)},
        {"--last,-n", &options->last,
         "Begin with the last so many messages (of a stream that is written by lines: lines)",
         takes_number(1, 1e15, "NUMBER").excludes("--from")},
        {"--no-follow", &options->no_follow, "Print what is there, then end"},
    });
    add_server_options(line, session);
    line.footer(k_tail_footer);
    return [options, &session] { return tail(session, *options); };
}

} // namespace ds
