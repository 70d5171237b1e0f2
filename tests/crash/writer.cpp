// Sending appends and keeping the ledger.
#include "crash/writer.h"

namespace ds {

namespace {

// A number that looks random but follows from the append's own.
std::uint64_t scramble(std::uint64_t number) {
    number = (number ^ (number >> 31)) * 0x9E3779B97F4A7C15U;
    return number ^ (number >> 29);
}

} // namespace

void Writer::start_over(std::string name, bool json, std::uint64_t generation) {
    name_ = std::move(name);
    json_ = json;
    generation_ = generation;
    epoch_ = epoch_began_ = 0;
    fates_.clear();
    marks_.clear();
}

std::vector<std::string> Writer::messages(std::uint64_t append) const {
    auto const luck = scramble(append * 64 + id_ + 1);
    auto const count = json_ ? 1 + luck % 3 : 1;
    auto const padding = luck % 97 == 0 ? 3000 : luck % 80;
    std::vector<std::string> made;
    for (std::uint64_t index = 0; index < count; ++index) {
        std::string message;
        message.append("g")
            .append(std::to_string(generation_))
            .append(".w")
            .append(std::to_string(id_));
        message.append(".")
            .append(std::to_string(append))
            .append(".")
            .append(std::to_string(index));
        made.push_back(message.append(".").append(padding, 'x'));
    }
    return made;
}

bool Writer::send(HttpClient& client, Trouble& trouble, std::uint64_t append, HttpResponse& got) {
    HttpRequest request{"POST", "/v1/stream/" + encode_path(name_), {}, {}};
    request.headers.emplace_back("Content-Type", json_ ? "application/json" : "text/plain");
    if (kind_ == Kind::producer) {
        request.headers.emplace_back("Producer-Id", "p" + std::to_string(id_));
        request.headers.emplace_back("Producer-Epoch", std::to_string(epoch_));
        request.headers.emplace_back("Producer-Seq", std::to_string(append - epoch_began_));
    }
    if (kind_ == Kind::sequenced)
        request.headers.emplace_back("Stream-Seq", std::to_string(1'000'000'000 + append));
    auto& body = request.body;
    for (auto const& message : messages(append)) {
        if (json_)
            body.append(body.empty() ? "[\"" : ",\"").append(message).append("\"");
        else
            body.append(message).append(";");
    }
    if (json_) body.append("]");

    auto response = client.send(request);
    if (response) {
        got = *std::move(response);
        return true;
    }
    if (client.timed_out())
        trouble.report("writer of " + name_ + ": no answer in time");
    else if (!trouble.killed)
        trouble.report("writer of " + name_ + ": " + client.problem() +
                       ", though nobody killed the server");
    return false;
}

std::string Writer::says(std::uint64_t append, HttpResponse const& got) const {
    return name_ + ", writer " + std::to_string(id_) + ", append " + std::to_string(append) +
           ": answer " + std::to_string(got.status) + " " + got.body;
}

bool Writer::judge(std::uint64_t append, bool was_seen, HttpResponse const& got, Trouble& trouble) {
    bool const producer = kind_ == Kind::producer;
    int const wanted = !was_seen ? (producer ? 200 : 204) : (producer ? 204 : 409);
    if (got.status != wanted)
        return trouble.report(says(append, got) + ", wanted " + std::to_string(wanted) +
                              (was_seen ? " (a read had shown it)" : ""));
    if (producer && got.value("producer-seq") != std::to_string(append - epoch_began_))
        return trouble.report(says(append, got) + ": Producer-Seq " + got.value("producer-seq"));
    if (!was_seen) marks_.push_back({append, got.value("stream-next-offset")});
    return true;
}

Writer::Sent Writer::send_next(HttpClient& client, Trouble& trouble) {
    // The last one got no answer before the crash: again, as if nothing had happened.
    bool const retries =
        kind_ != Kind::plain && !fates_.empty() && fates_.back() != Fate::acknowledged;
    auto const append = retries ? fates_.size() - 1 : fates_.size();
    if (!retries) fates_.push_back(Fate::unknown);
    HttpResponse got;
    if (!send(client, trouble, append, got)) {
        fates_[append] = Fate::unknown;
        return Sent::gone;
    }
    if (!judge(append, false, got, trouble)) return Sent::gone;
    fates_[append] = Fate::acknowledged;
    return Sent::done;
}

// What is in the log already must not enter it again.
Writer::Sent Writer::send_again(HttpClient& client, Trouble& trouble) {
    HttpResponse got;
    auto const append = fates_.size() - 1;
    if (!send(client, trouble, append, got)) return Sent::gone;
    return judge(append, true, got, trouble) ? Sent::done : Sent::gone;
}

void Writer::run(HttpClient& client, Trouble& trouble, std::uint64_t most) {
    bool const settled = !fates_.empty() && fates_.back() == Fate::acknowledged;
    // First of all, whatever the last crash left open, or showed to be there, is sent once more.
    if (settled && kind_ != Kind::plain && send_again(client, trouble) == Sent::gone) return;
    if (settled && kind_ == Kind::producer && dice_.in_hundred(10)) {
        ++epoch_;
        epoch_began_ = fates_.size();
    }
    for (std::uint64_t sent = 0; sent < most && !trouble.any(); ++sent) {
        if (send_next(client, trouble) == Sent::gone) return;
        bool const again = kind_ != Kind::plain && dice_.in_hundred(5);
        if (again && send_again(client, trouble) == Sent::gone) return;
    }
}

} // namespace ds
