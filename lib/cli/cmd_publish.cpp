// ds publish: appends to a stream, and tells what became of the copies for its subscribers.
#include "cli/commands.h"
#include "cli/explain.h"
#include "cli/input.h"
#include "cli/place.h"
#include "cli/report_text.h"
#include "cli/terminal.h"
#include "client/appender.h"
#include "net/curl_fetch.h"

#include <unistd.h>

#include <memory>
#include <optional>
#include <thread>

namespace ds {
namespace {

struct PublishOptions {
    std::string stream;
    std::optional<std::string> text;
    std::optional<std::string> file;
    std::optional<std::string> content_type;
    double retry_for = 60;
};

constexpr char const* k_publish_footer =
    "As ds append does, this appends DATA, or the file, or standard input, as one\n"
    "message (of a JSON array: one message per element); the copies are made by any\n"
    "append, and this one tells of them. A request that got lost is repeated, and\n"
    "nothing is published twice.\n"
    "\n"
    "Examples:\n"
    "  ds publish shop/orders '{\"order\":7}'\n"
    "  ds publish shop/orders --file order.json";

std::string done_line(StreamName const& name, std::size_t bytes, AppendAnswer const& answer) {
    auto line = "published " + counted(bytes, "byte") + " to " + shown(name) + ", next offset " +
                answer.state.next_offset;
    if (!answer.fanout) return line + "\n"; // a retry of what had been published
    auto const& fanout = *answer.fanout;
    if (fanout.subscribers == 0) return line + "; nobody has subscribed to it\n";
    line += "; " + counted(fanout.subscribers, "subscriber");
    return line + (fanout.copies == fanout.subscribers ? "\n" : ", whose copies follow\n");
}

Result<std::string> content_of(PublishOptions const& options) {
    if (options.text) return *options.text;
    return read_whole(options.file.value_or("-"));
}

ExitCode publish(Session const& session, PublishOptions const& options) {
    auto const place = place_of(session, options.stream);
    if (!place) return fail(ExitCode::misused, place.error().what);
    auto const& name = place->name;
    auto const content = content_of(options);
    if (!content) return fail(ExitCode::misused, content.error().what);
    if (content->empty()) return fail(ExitCode::misused, "there is nothing to publish");

    CurlFetch fetch(trusted_by(session.ca_file));
    StreamClient client(fetch, place->url, session.token);
    AppenderOptions sending;
    sending.route = Route::publish;
    sending.retry_for =
        std::chrono::milliseconds(static_cast<std::int64_t>(options.retry_for * 1000));
    sending.content_type = options.content_type.value_or("");
    SystemClock const clock;
    Appender appender(client, name, producer_id_of_run(sending.retry_for), sending,
                      Backoff::seeded(), clock,
                      [](auto pause) { std::this_thread::sleep_for(pause); });
    if (!options.content_type) {
        auto const said = appender.look();
        if (auto const why = trouble_in(said, client, Doing::append, name)) return fail(*why);
        appender.send_as(type_of_appends(std::get<StreamState>(*said)), Framing::whole);
    }
    auto const said = appender.send(*content, Close::no);
    if (auto const why = trouble_in(said, client, Doing::append, name)) return fail(*why);
    write_all(STDOUT_FILENO, done_line(name, content->size(), std::get<AppendAnswer>(*said)));
    return ExitCode::done;
}

} // namespace

Action add_publish(CommandLine& line, Session& session) {
    auto options = std::make_shared<PublishOptions>();
    line.options({
        {"STREAM", &options->stream, "PROJECT/STREAM, or STREAM in the default project",
         takes().required()},
        {"DATA", &options->text, "What to publish"},
        {"--file", &options->file, "Publish what is in this file; - is standard input",
         takes("FILE").excludes("DATA")},
        {"--content-type", &options->content_type,
         "The stream's content type; asked of the server when not given", takes_media_type()},
        {"--retry-for", &options->retry_for,
         "Keep trying for so long while the server is away or busy",
         takes_measure(Measure::seconds, 0, 1e6)},
    });
    add_server_options(line, session);
    line.footer(k_publish_footer);
    return [options, &session] { return publish(session, *options); };
}

} // namespace ds
