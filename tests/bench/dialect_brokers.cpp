// The wire formats of two brokers, as far as a load needs them.
#include "bench/dialect_brokers.h"

#include <algorithm>
#include <charconv>
#include <initializer_list>

namespace ds {

namespace {

constexpr std::string_view k_line_end = "\r\n";
constexpr auto k_unknown = std::string_view::npos;

std::size_t number_in(std::string_view text) {
    std::size_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

// The line that starts at `at`, without its end; empty when it is not whole.
std::optional<std::string_view> line_at(std::string_view text, std::size_t at) {
    auto const end = text.find(k_line_end, at);
    if (end == k_unknown) return std::nullopt;
    return text.substr(at, end - at);
}

} // namespace

namespace redis {

namespace {

std::string command(std::initializer_list<std::string_view> words) {
    auto request = "*" + std::to_string(words.size()) + "\r\n";
    for (auto const word : words)
        request.append("$")
            .append(std::to_string(word.size()))
            .append(k_line_end)
            .append(word)
            .append(k_line_end);
    return request;
}

std::string read_after(std::string_view stream, std::string_view id) {
    return command({"XREAD", "BLOCK", "0", "STREAMS", stream, id});
}

// Where the value that starts at `at` ends; k_unknown while some of it has yet to come.
std::size_t end_of_value(std::string_view text, std::size_t at) {
    std::size_t values = 1;
    while (values > 0) {
        auto const line = line_at(text, at);
        if (!line || line->empty()) return k_unknown;
        auto const none = line->substr(1).starts_with('-');
        at += line->size() + k_line_end.size();
        if (line->front() == '$' && !none) at += number_in(line->substr(1)) + k_line_end.size();
        if (line->front() == '*' && !none) values += number_in(line->substr(1));
        --values;
        if (at > text.size()) return k_unknown;
    }
    return at;
}

// The id of the last entry in an answer to XREAD for one stream: the text in front of the fields.
// [[stream, [[id, [m, body]], ...]]]
std::string_view last_id(std::string_view answer) {
    auto const skip_line = [&](std::size_t at) {
        return answer.find(k_line_end, at) + k_line_end.size();
    };
    auto at = end_of_value(answer, skip_line(skip_line(0)));
    auto entries = number_in(answer.substr(at + 1));
    std::string_view id;
    for (at = skip_line(at); entries > 0; --entries) {
        at = skip_line(at);
        auto const text = skip_line(at);
        id = answer.substr(text, number_in(answer.substr(at + 1)));
        at = end_of_value(answer, end_of_value(answer, at));
    }
    return id;
}

} // namespace

std::string append(std::string_view stream, std::string_view body) {
    return command({"XADD", stream, "*", "m", body});
}

FirstAnswer first_answer(std::string_view arrived) {
    FirstAnswer answer;
    auto const end = end_of_value(arrived, 0);
    if (end == k_unknown) return answer;
    answer.bytes = end;
    answer.accepted = arrived.front() != '-';
    answer.body = arrived.substr(0, end);
    return answer;
}

// Redis says nothing when a read begins to wait; it has taken the command in by the time it answers
// the PING in front of it, for it handles all that has arrived before it sends.
std::string subscribe(std::string_view stream) {
    return command({"PING"}) + read_after(stream, "$");
}

std::string stay_subscribed(std::string_view stream, SubscriberMemory& memory,
                            std::string_view fresh) {
    if (!memory.kept.empty()) {
        memory.kept.append(fresh);
        fresh = memory.kept;
    }
    std::string back;
    std::size_t at = 0;
    for (std::size_t end = 0; at < fresh.size(); at = end) {
        end = end_of_value(fresh, at);
        if (end == k_unknown) break;
        auto const value = fresh.substr(at, end - at);
        if (value.starts_with("+PONG")) memory.begun = true;
        if (value.starts_with("*1\r\n*2\r\n")) back = read_after(stream, last_id(value));
    }
    memory.kept = std::string(fresh.substr(at));
    return back;
}

} // namespace redis

namespace nats {

namespace {

constexpr std::string_view k_ping = "PING\r\n";
constexpr std::string_view k_pong = "PONG\r\n";

std::string inbox(std::size_t connection) {
    return "_INBOX.bench." + std::to_string(connection);
}

std::string subject(std::string_view stream) {
    std::string name("bench.");
    name.append(stream);
    std::ranges::replace(name, '/', '.');
    return name;
}

std::string publish(std::string_view to, std::size_t connection, std::string_view body) {
    std::string request("PUB ");
    request.append(to).append(" ").append(inbox(connection)).append(" ");
    request.append(std::to_string(body.size())).append(k_line_end);
    return request.append(body).append(k_line_end);
}

} // namespace

std::string greeting(std::size_t connection) {
    std::string hello =
        R"(CONNECT {"verbose":false,"pedantic":false,"tls_required":false,"headers":true,)"
        R"("no_responders":true,"protocol":1,"lang":"c++","version":"1","name":"bench"})"
        "\r\n";
    if (connection != k_no_inbox) hello.append("SUB ").append(inbox(connection)).append(" 1\r\n");
    return hello;
}

std::string create(std::size_t connection) {
    return publish("$JS.API.STREAM.CREATE.bench", connection,
                   R"({"name":"bench","subjects":["bench.>"],"storage":"file",)"
                   R"("retention":"limits","max_consumers":-1,"max_msgs":-1,"max_bytes":-1,)"
                   R"("max_age":0,"max_msg_size":-1,"discard":"old","num_replicas":1})");
}

std::string append(std::string_view stream, std::string_view body, std::size_t connection) {
    return publish(subject(stream), connection, body);
}

// MSG subject sid [reply] bytes, or HMSG with a header, which tells that nobody was there to
// answer.
FirstAnswer first_answer(std::string_view arrived) {
    FirstAnswer answer;
    auto const line = line_at(arrived, 0);
    if (!line) return answer;
    auto const after_line = line->size() + k_line_end.size();
    bool const message = line->starts_with("MSG ") || line->starts_with("HMSG ");
    if (!message) {
        answer.bytes = after_line;
        answer.counts = line->starts_with("-ERR");
        answer.body = *line;
        if (line->starts_with("PING")) answer.reply = k_pong;
        return answer;
    }
    auto const size = number_in(line->substr(line->rfind(' ') + 1));
    if (arrived.size() < after_line + size + k_line_end.size()) return answer;
    answer.bytes = after_line + size + k_line_end.size();
    answer.body = arrived.substr(after_line, size);
    answer.accepted =
        line->front() == 'M' && answer.body.substr(0, 200).find("\"error\"") == k_unknown;
    return answer;
}

std::string subscribe(std::string_view stream, std::size_t) {
    return "SUB " + subject(stream) + " 2\r\n" + std::string(k_ping);
}

// Messages hold no line ends, so these lines are found without taking the messages apart.
std::string stay_subscribed(SubscriberMemory& memory, std::string_view fresh) {
    if (!memory.kept.empty()) {
        memory.kept.append(fresh);
        fresh = memory.kept;
    }
    if (!memory.begun) memory.begun = fresh.find(k_pong) != k_unknown;
    std::string back;
    for (auto at = fresh.find(k_ping); at != k_unknown; at = fresh.find(k_ping, at + 1))
        back.append(k_pong);
    // The beginning of such a line at the very end.
    auto const last = fresh.rfind('P');
    bool const cut =
        last != k_unknown && fresh.size() - last < k_ping.size() &&
        (k_ping.starts_with(fresh.substr(last)) || k_pong.starts_with(fresh.substr(last)));
    memory.kept = cut ? std::string(fresh.substr(last)) : std::string();
    return back;
}

} // namespace nats

} // namespace ds
