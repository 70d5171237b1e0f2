// ds append: data, lines or a file into a stream.
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/explain.h"
#include "cli/input.h"
#include "cli/place.h"
#include "cli/progress.h"
#include "cli/report_text.h"
#include "cli/terminal.h"
#include "client/appender.h"
#include "client/line_batches.h"
#include "model/content.h"
#include "net/curl_fetch.h"

#include <unistd.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

namespace ds {
namespace {

// Without --lines, input beyond this is sent as several appends. Half of what our server takes.
constexpr std::size_t k_piece_bytes = std::size_t{4} << 20U;

struct AppendOptions {
    std::string stream;
    std::optional<std::string> text;
    std::optional<std::string> file;
    bool lines = false;
    bool create = false;
    std::optional<std::string> content_type;
    bool close = false;
    double retry_for = 60;
    bool quiet = false;
};

constexpr char const* k_append_footer =
    "Input is DATA, or the file, or standard input. Without --lines it is one message\n"
    "(of a JSON array: one message per element); input of other types beyond 4 MiB is\n"
    "sent in pieces, in order, that do not cut a character of text. With --lines\n"
    "every line is a message, its newline included; for a JSON stream every line is a\n"
    "document, and blank lines are left out. A request that got lost is repeated, and\n"
    "nothing is appended twice.\n"
    "With --close and no input the stream is only closed; a terminal is none.\n"
    "With --create a stream that is not there is made, of the type of --content-type,\n"
    "as soon as there is something to append.\n"
    "\n"
    "Examples:\n"
    "  ds append demo/log 'hello, world'\n"
    "  ds append orders/7 --lines --file orders.ndjson\n"
    "  tail -f app.log | ds append builds/log-12 --lines\n"
    "  ds append demo/new --create --content-type json '{\"n\":1}'\n"
    "  ds append builds/log-12 --close </dev/null";

// One run of the command: sends, counts, and says how it went.
class AppendRun {
public:
    AppendRun(StreamClient& client, StreamName const& name, AppendOptions const& options,
              AppenderOptions const& sending, Input& input)
        : client_(client),
          name_(name),
          options_(options),
          input_(input),
          // It would be drawn over what is typed.
          progress_(STDERR_FILENO, clock_, input.is_typed() ? Drawn::no : Drawn::yes),
          appender_(client, name, producer_id_of_run(sending.retry_for), sending, Backoff::seeded(),
                    clock_, [](auto pause) { std::this_thread::sleep_for(pause); }) {
        appender_.on_retry = [this](std::string_view why) {
            progress_.clear();
            if (!std::exchange(told_retry_, true))
                tell("interrupted (" + std::string(why) + "), trying again");
        };
    }

    ExitCode go() {
        auto type = options_.content_type;
        if (!type || options_.create) {
            auto said = appender_.look();
            absent_ = options_.create && is_denied(said, 404);
            if (absent_ && !type)
                return fail(ExitCode::misused, "stream " + shown(name_) +
                                                   " does not exist, and --create wants to know "
                                                   "what it is to hold: add --content-type text, "
                                                   "json or bytes");
            auto const why = trouble_with(said);
            if (why && !absent_) return fail(*why);
            if (!type) type = type_of_appends(std::get<StreamState>(*said));
        }
        type_ = *type;
        auto const json = is_json_type(*type);
        appender_.send_as(*type, options_.lines && !json ? Framing::lines : Framing::whole);
        input_.invite();
        if (options_.lines) return send_lines(json ? LineForm::json : LineForm::bytes);
        // A JSON document cannot be cut into pieces.
        return send_whole(
            {json ? LineBatches::k_line_bytes_max : k_piece_bytes, !json && is_text_type(*type)});
    }

private:
    ExitCode send_lines(LineForm form) {
        LineBatches batches(input_.source(), form, clock_);
        for (;;) {
            auto batch = batches.next();
            if (!batch) return stop(explain(batch.error(), client_.url()));
            auto const closes = batch->last && options_.close;
            if (!batch->body.empty() || closes)
                if (auto why = send_batch(*batch, form)) return stop(*why);
            if (batch->last) return finish();
        }
    }

    // In halves, and halves of these, if the server does not take so much at once.
    std::optional<Explanation> send_batch(LineBatch const& batch, LineForm form) {
        auto const closes = batch.last && options_.close;
        if (batch.lines < 2 || batch.body.size() < too_large_) {
            auto why = send(batch.body, batch.lines, closes ? Close::yes : Close::no);
            if (!std::exchange(was_too_large_, false)) return why;
            if (batch.lines < 2) {
                if (!batch.each.empty())
                    why->text =
                        "line " + std::to_string(batch.each.front().number) + ": " + why->text;
                return why;
            }
            too_large_ = batch.body.size();
        }
        if (auto why = send_batch(half_of(batch, form, Half::first), form)) return why;
        return send_batch(half_of(batch, form, Half::second), form);
    }

    struct Pieces {
        std::size_t most; // bytes
        bool text;        // no character is cut
    };
    ExitCode send_whole(Pieces const& pieces) {
        std::string piece;
        std::string ahead;
        std::string cut; // of a character, from the piece before
        for (auto more = true; more;) {
            // One piece is held back, since only the last one closes the stream.
            ahead = std::exchange(cut, {});
            auto read = read_piece(input_.source(), ahead, pieces.most);
            if (!read) return stop(explain(read.error(), client_.url()));
            if (pieces.text && ahead.size() == pieces.most) {
                auto const end = ahead.size() - unfinished_utf8(ahead);
                cut = ahead.substr(end);
                ahead.resize(end);
            }
            more = !ahead.empty();
            auto const closes = !more && options_.close;
            if (!piece.empty() || closes)
                if (auto why = send(piece, 0, closes ? Close::yes : Close::no)) return stop(*why);
            std::swap(piece, ahead);
        }
        if (totals_.bytes == 0 && !closed_)
            return fail(ExitCode::misused, "there is nothing to append; to close the stream, add "
                                           "--close");
        return finish();
    }

    // Goes on where `into` ends.
    static Result<void> read_piece(ByteSource& source, std::string& into, std::size_t most) {
        constexpr std::size_t k_step = std::size_t{64} << 10U;
        while (into.size() < most) {
            auto const before = into.size();
            auto const step = std::min(k_step, most - before);
            into.resize(before + step);
            auto const count = source.read(into.data() + before, step);
            into.resize(before + (count ? *count : 0));
            if (!count) return count.error();
            if (*count == 0) break;
        }
        return {};
    }

    template <typename Answer>
    std::optional<Explanation> trouble_with(Result<Said<Answer>> const& said) const {
        auto why = trouble_in(said, client_, Doing::append, name_);
        if (why && is_denied(said, 404)) why->text += "; or add --create";
        return why;
    }

    std::optional<Explanation> create() {
        CreateRequest request;
        request.content_type = type_;
        auto said = appender_.create(request);
        // Somebody else has made it meanwhile: the append says whether it is of use.
        if (is_denied(said, 409)) return std::nullopt;
        if (auto why = trouble_in(said, client_, Doing::put, name_)) return why;
        if (!options_.quiet && !std::get<CreateAnswer>(*said).existed)
            write_all(STDOUT_FILENO, "created " + shown(name_) + ", " + type_ + "\n");
        return std::nullopt;
    }

    std::optional<Explanation> send(std::string_view body, std::uint64_t lines, Close close) {
        told_retry_ = false;
        if (std::exchange(absent_, false))
            if (auto why = create()) return why;
        auto said = appender_.send(body, close);
        was_too_large_ = is_denied(said, 413);
        if (auto why = trouble_with(said)) return why;
        next_offset_ = std::get<AppendAnswer>(*said).state.next_offset;
        totals_.bytes += body.size();
        totals_.lines += lines;
        closed_ = closed_ || close == Close::yes;
        progress_.show(progress_line(totals_, input_.size(), progress_.elapsed()));
        return std::nullopt;
    }

    // Says how much of the input is safe, so that one can go on from there.
    ExitCode stop(Explanation const& why) {
        progress_.clear();
        auto text = why.text;
        if (totals_.lines > 0)
            text += " (" + counted(totals_.lines, "line") + " before that were appended)";
        else if (totals_.bytes > 0)
            text += " (" + counted(totals_.bytes, "byte") + " before that were appended)";
        return fail(why.code, text);
    }

    ExitCode finish() {
        progress_.clear();
        if (options_.quiet) return ExitCode::done;
        std::string line;
        if (totals_.bytes == 0)
            line = closed_ ? "closed " : "nothing to append to ";
        else if (options_.lines)
            line = "appended " + counted(totals_.lines, "line") + " to ";
        else
            line = "appended " + counted(totals_.bytes, "byte") + " to ";
        line += shown(name_);
        if (closed_ && totals_.bytes > 0) line += " and closed it";
        if (!next_offset_.empty()) line += ", next offset " + next_offset_;
        write_all(STDOUT_FILENO, line + "\n");
        return ExitCode::done;
    }

    StreamClient& client_;
    StreamName const& name_;
    AppendOptions const& options_;
    SystemClock clock_;
    Input& input_;
    Progress progress_;
    Appender appender_;
    Totals totals_;
    std::string type_;
    std::string next_offset_;
    bool absent_ = false; // and to be made
    bool closed_ = false;
    bool told_retry_ = false;
    bool was_too_large_ = false;                                      // the last request
    std::size_t too_large_ = std::numeric_limits<std::size_t>::max(); // the smallest that was
};

ExitCode append(Session const& session, AppendOptions options) {
    auto const place = place_of(session, options.stream);
    if (!place) return fail(ExitCode::misused, place.error().what);
    auto const reads_stdin = !options.text && (!options.file || *options.file == "-");
    if (options.close && reads_stdin && is_terminal(STDIN_FILENO)) options.text = "";
    auto input =
        options.text ? Input::of_text(*options.text) : Input::open(options.file.value_or("-"));
    if (!input) return fail(ExitCode::misused, input.error().what);

    CurlFetch fetch(trusted_by(session.ca_file));
    StreamClient client(fetch, place->url, session.token);
    AppenderOptions sending;
    sending.retry_for =
        std::chrono::milliseconds(static_cast<std::int64_t>(options.retry_for * 1000));
    return AppendRun(client, place->name, options, sending, *input).go();
}

} // namespace

Action add_append(CommandLine& line, Session& session) {
    auto options = std::make_shared<AppendOptions>();
    line.options({
        {"STREAM", &options->stream, "PROJECT/STREAM, or STREAM in the default project",
         takes().required()},
        {"DATA", &options->text, "What to append"},
        {"--file", &options->file, "Append what is in this file; - is standard input",
         takes("FILE").excludes("DATA")},
        {"--lines", &options->lines, "Every line is a message of its own"},
        {"--create", &options->create,
         "Make the stream if it is not there, of the type of --content-type"},
        {"--content-type", &options->content_type,
         "The stream's content type; asked of the server when not given", takes_media_type()},
        {"--close", &options->close, "Close the stream after the last of the data"},
        {"--retry-for", &options->retry_for,
         "Keep trying for so long while the server is away or busy",
         takes_measure(Measure::seconds, 0, 1e6)},
        {"--quiet,-q", &options->quiet, "Print nothing when all went well"},
    });
    add_server_options(line, session);
    line.footer(k_append_footer);
    return [options, &session] { return append(session, *options); };
}

} // namespace ds
