// ds subscribe: follows many streams at once, through an estuary.
#include "cli/commands.h"
#include "cli/explain.h"
#include "cli/interrupt.h"
#include "cli/terminal.h"
#include "client/estuary_client.h"
#include "client/follower.h"
#include "net/curl_fetch.h"

#include <unistd.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

namespace ds {
namespace {

struct SubscribeOptions {
    std::string estuary;
    std::vector<std::string> sources;
    bool keep = false;
    bool json = false;
    bool plain = false;
    std::optional<std::string> from;
    std::optional<std::uint64_t> notify_above;
};

constexpr std::string_view k_start = "-1"; // before all that a stream holds

constexpr char const* k_subscribe_footer =
    "The estuary is made when it is not there, and the sources' messages are copied\n"
    "into it from now on. Each line that is printed begins with the name of its\n"
    "source. At the end, also after Ctrl-C, what this command subscribed is taken\n"
    "back and what it made is removed, unless --keep is given: then the estuary goes\n"
    "on collecting, until nobody used it for --estuary-ttl of ds serve.\n"
    "\n"
    "Examples:\n"
    "  ds subscribe shop/inbox shop/orders shop/returns\n"
    "  ds subscribe shop/inbox shop/orders --keep\n"
    "  ds subscribe shop/inbox --from start --json";

// Prints what comes out of an estuary: whole messages, each on a line of its own.
class EstuaryOutput final : public FollowOutput {
public:
    enum class Form { sourced, as_it_is };
    EstuaryOutput(Form form, Interrupt const& interrupt) : form_(form), interrupt_(interrupt) {}

    Flow on_bytes(std::string_view bytes) override {
        auto const written =
            write_all(STDOUT_FILENO, form_ == Form::as_it_is ? std::string(bytes) : sourced(bytes));
        return written == Written::all && !interrupt_.came() ? Flow::more : Flow::stop;
    }
    Flow on_idle() override {
        return interrupt_.came() || nobody_reads(STDOUT_FILENO) ? Flow::stop : Flow::more;
    }
    void on_interruption(std::string_view why) override {
        tell("interrupted (" + std::string(why) + "), trying again");
    }

private:
    static std::string sourced(std::string_view messages) {
        std::string page;
        while (!messages.empty()) {
            auto const line = messages.substr(0, messages.find('\n'));
            messages.remove_prefix(std::min(line.size() + 1, messages.size()));
            auto const unpacked = unpack_envelope(line);
            if (unpacked)
                add_message(page, *unpacked);
            else
                page.append(line).push_back('\n'); // somebody wrote into the estuary itself
        }
        return page;
    }
    static void add_message(std::string& page, Unpacked const& message) {
        auto const line = [&](std::string_view text) {
            page.append(message.source).append(": ").append(text).push_back('\n');
        };
        if (!message.payload) return line("(a large message, up to offset " + message.offset + ")");
        if (message.base64) return line("(base64) " + *message.payload);
        std::string_view rest = *message.payload;
        do {
            auto const text = rest.substr(0, rest.find('\n'));
            line(text);
            rest.remove_prefix(std::min(text.size() + 1, rest.size()));
        } while (!rest.empty());
    }

    Form form_;
    Interrupt const& interrupt_;
};

// Subscriptions that this run made, and how they are taken back.
class Visit {
public:
    Visit(StreamClient& streams, StreamName const& estuary)
        : streams_(streams),
          estuaries_(streams),
          estuary_(estuary) {}

    // What is there already stays when this run ends. Empty when all is well.
    std::optional<Explanation> look() {
        auto const said = estuaries_.show(estuary_);
        if (is_denied(said, 404)) return std::nullopt;
        if (auto why = trouble_in(said, streams_, Doing::subscribe, estuary_)) return why;
        for (auto const& source : std::get<EstuaryAnswer>(*said).sources)
            before_.push_back(source.stream);
        return start_at_tail();
    }

    std::optional<Explanation> subscribe(StreamName const& source, SubscribeRequest const& ask) {
        auto said = estuaries_.subscribe(estuary_, source, ask);
        auto const* const denial = denial_in(said);
        bool const in_the_way = denial != nullptr && denial->code == "NOT_AN_ESTUARY";
        if (auto why = trouble_in(said, streams_, Doing::subscribe, in_the_way ? estuary_ : source))
            return why;
        is_new_ = is_new_ || std::get<SubscribeAnswer>(*said).is_new;
        if (std::ranges::find(before_, source.stream()) == before_.end()) made_.push_back(source);
        return std::nullopt;
    }

    std::optional<Explanation> take_back() {
        if (is_new_) {
            auto const said = estuaries_.remove(estuary_);
            if (!said) return explain(said.error(), streams_.url());
            return std::nullopt;
        }
        for (auto const& source : made_) {
            auto const said = estuaries_.unsubscribe(estuary_, source);
            if (!said) return explain(said.error(), streams_.url());
        }
        return std::nullopt;
    }

    // Where what comes from now on begins.
    std::string const& now() const { return now_; }
    bool is_there() const { return is_new_ || now_ != k_start; }

private:
    std::optional<Explanation> start_at_tail() {
        auto said = streams_.head(estuary_);
        if (auto why = trouble_in(said, streams_, Doing::subscribe, estuary_)) return why;
        now_ = std::get<StreamState>(*said).next_offset;
        return std::nullopt;
    }

    StreamClient& streams_;
    EstuaryClient estuaries_;
    StreamName const& estuary_;
    std::vector<std::string> before_;
    std::vector<StreamName> made_;
    bool is_new_ = false;
    std::string now_{k_start}; // until there is an estuary
};

ExitCode follow(StreamClient& streams, StreamName const& estuary, SubscribeOptions const& options,
                std::string const& from, Interrupt const& interrupt) {
    using Form = EstuaryOutput::Form;
    EstuaryOutput output(options.json || options.plain ? Form::as_it_is : Form::sourced, interrupt);
    Follower follower(streams, estuary, Backoff::seeded(),
                      [&](auto pause) { interrupt.sleep(pause); });
    auto const end = follower.run({from, Live::yes}, output);
    auto const why = trouble_in(end, streams, Doing::subscribe, estuary);
    bool const gone = why && why->code == ExitCode::not_found;
    if (options.keep && !gone)
        tell("the estuary goes on collecting; go on with: ds subscribe " + shown(estuary) +
             " --keep --from " + follower.position());
    if (gone)
        return fail(ExitCode::not_found,
                    "the estuary " + shown(estuary) +
                        " is gone: somebody has removed it, or nobody has used it for "
                        "--estuary-ttl of ds serve; make it again with: ds subscribe " +
                        shown(estuary) + " STREAM...");
    if (why) return fail(*why);
    return ExitCode::done;
}

// Each is checked before the first one is subscribed.
Result<std::vector<StreamName>> sources_of(SubscribeOptions const& options,
                                           StreamName const& estuary) {
    std::vector<StreamName> sources;
    for (auto const& text : options.sources) {
        sources.push_back(TRY(parse_stream_name(text)));
        if (sources.back().project() != estuary.project())
            return Error{Fault::invalid,
                         text + " is of another project than the estuary " + shown(estuary)};
    }
    return sources;
}

ExitCode subscribe(Session const& session, SubscribeOptions const& options) {
    auto const estuary = parse_stream_name(options.estuary);
    if (!estuary) return fail(ExitCode::misused, estuary.error().what);
    auto const sources = sources_of(options, *estuary);
    if (!sources) return fail(ExitCode::misused, sources.error().what);

    Interrupt interrupt;
    CurlFetch fetch(trusted_by(session.ca_file));
    StreamClient streams(fetch, session.url, session.token);
    Visit visit(streams, *estuary);
    auto wrong = visit.look();
    SubscribeRequest const ask{options.plain ? CopiesAs::plain : CopiesAs::envelope,
                               options.notify_above};
    for (auto const& source : *sources)
        if (!wrong && !interrupt.came()) wrong = visit.subscribe(source, ask);
    auto code = ExitCode::done;
    if (wrong) {
        code = fail(*wrong);
    } else if (!visit.is_there()) {
        code = fail(ExitCode::not_found, "there is no estuary " + shown(*estuary) +
                                             "; name the streams to subscribe it to");
    } else {
        auto const from = options.from.value_or("now");
        code = follow(streams, *estuary, options,
                      from == "start" ? std::string(k_start)
                      : from == "now" ? visit.now()
                                      : from,
                      interrupt);
    }
    if (!options.keep || wrong)
        if (auto const trouble = visit.take_back())
            tell("what was subscribed could not be taken back: " + trouble->text);
    interrupt.pass_on();
    return code;
}

} // namespace

Action add_subscribe(CommandLine& line, Session& session) {
    auto options = std::make_shared<SubscribeOptions>();
    line.options({
        {"ESTUARY", &options->estuary, "PROJECT/ESTUARY: where the copies are collected",
         takes().required()},
        {"SOURCE", &options->sources, "PROJECT/STREAM, of the same project; any number"},
        {"--keep", &options->keep, "Stay subscribed at the end"},
        {"--from", &options->from,
         "Where to begin in the estuary: now (only what comes), start, or an offset",
         takes("now|start|OFFSET")},
        {"--json", &options->json, "Print each message in its envelope, with source and offset"},
        {"--plain", &options->plain,
         "Copy messages as they are, without the name of their source; all sources "
         "have the same content type",
         takes().excludes("--json")},
        {"--notify-above", &options->notify_above,
         "Of messages that are larger, only tell that they are there",
         takes_measure(Measure::bytes).excludes("--plain")},
    });
    add_server_options(line, session);
    line.footer(k_subscribe_footer);
    return [options, &session] { return subscribe(session, *options); };
}

} // namespace ds
