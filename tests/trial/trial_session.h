// A toy protocol of lines (see trial_test.cpp): its sessions, and what they share on an event loop.
//
// Changes are worked on together and answered in their order; a read waits for those before it.
#pragma once

#include "base/encoding.h"
#include "engine/engine.h"
#include "service/access/access.h"
#include "service/follow/parked_readers.h"
#include "service/follow/slice.h"
#include "service/quota/quota.h"
#include "transport/event_loop.h"

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace ds::trial {

class TrialSession;
// What the sessions of an event loop share; also the mailbox of their replies.
struct TrialServices final : Courier {
    TrialServices(transport::EventLoop& of, Engine& behind, quota::Quota& limits,
                  access::AuthOptions const& auth, unsigned mailbox)
        : Courier(mailbox),
          loop(of),
          engine(behind),
          quota(limits),
          access(auth, behind.clock()),
          parked(behind, mailbox, [&of](std::function<void()> work) { of.post(std::move(work)); }) {
        engine.enrol(*this);
    }
    void deliver(Parcel parcel) override;
    // Shows the session of a ticket to `work`, if it is still there.
    void visit(Ticket ticket, std::function<void(TrialSession&)> const& work);
    transport::EventLoop& loop;
    Engine& engine;
    quota::Quota& quota;
    access::Access access;
    follow::ParkedReaders parked;
};

// What the limits know of a connection.
struct TrialClient final : transport::Admitted {
    explicit TrialClient(quota::Client known) : client(std::move(known)) {}
    quota::Client client;
};

struct TrialReader final : follow::StreamReader {
    TrialReader(TrialServices& of, std::shared_ptr<Stream> followed, std::uint64_t from)
        : StreamReader(of.parked, std::move(followed), from),
          services(of) {}
    void wake(follow::Slice& slice) override;
    TrialServices& services;
    Ticket ticket = 0;
    bool live = false;
    bool fetching = false;
    std::unique_ptr<quota::ReaderSlots> slots; // null: there are no limits
};

class TrialSession final : public transport::Session {
public:
    TrialSession(TrialServices& services, transport::Link& link)
        : services_(services),
          link_(link),
          client_(dynamic_cast<TrialClient*>(link.admitted())) {}

    void on_start() override { settle(); }
    bool takes_bytes() const override {
        return !ends_ && !is_held_ && !link_.is_full() && (!reader_ || reader_->live) &&
               answers_.size() < 64;
    }
    std::size_t on_bytes(std::string_view bytes) override {
        auto rest = bytes;
        while (takes_bytes() && !rest.empty()) {
            settle();
            auto const taken = take_request(rest);
            rest.remove_prefix(taken);
            if (taken == 0) break;
        }
        if (!ends_) settle();
        return bytes.size() - rest.size();
    }
    void on_room() override { read_on(), go_on(); }
    void on_end() override { say_goodbye("BYE"); }
    void on_deadline() override { say_goodbye("BYE nothing was asked for"); }
    void on_plain() override { say_goodbye("ERR this port speaks TLS"); }
    void drain() override { say_goodbye("BYE the server is going down"); }
    void on_close() override { reader_.reset(); }
    void on_reply(Ticket ticket, Answer const& reply) {
        auto const* const no = std::get_if<Refused>(&reply);
        std::string text = "ERR refused " + (no != nullptr ? no->detail : "") + "\n";
        if (auto const* created = std::get_if<Created>(&reply))
            text = "OK " + format_offset(created->facts.tail) + "\n";
        if (auto const* appended = std::get_if<Appended>(&reply))
            text = "OK " + format_offset(appended->next) + "\n";
        for (auto& [asked, line] : answers_)
            if (asked == ticket) line = text;
        go_on();
    }
    void on_page(Ticket ticket, Result<Page> const& page) {
        if (!reader_ || reader_->ticket != ticket) return;
        reader_->fetching = false;
        if (page) return send_page(*page);
        end_read("ERR " + page.error().what);
    }
    void on_wake(follow::Slice& slice) {
        if (link_.has_unsent()) return;
        bool const more = !slice.ended && reader_->seen < slice.head.end;
        auto const* const page = more ? slice.page_from(reader_->seen) : nullptr;
        if (page != nullptr) return send_page(*page);
        read_on();
    }

private:
    // One request from the front; 0: it is not whole, or has to wait for those before it.
    std::size_t take_request(std::string_view bytes) {
        auto const end = bytes.find('\n');
        if (end == std::string_view::npos && bytes.size() < 8 * k_kib) return 0;
        std::istringstream line{std::string(bytes.substr(0, end))};
        std::string word, target, last;
        line >> word >> target >> last;
        auto const taken = std::min(end, bytes.size() - 1) + 1;
        auto const size = word == "APPEND" ? parse_decimal(last, 8 * k_mib).value_or(0) : 0;
        if (bytes.size() - taken < size) return 0;
        auto const name = parse_stream_name(target);
        bool const named = name && !is_reserved(*name);
        auto const found = services_.engine.find(named ? *name : StreamName());
        auto const stream = found.index() == 0 ? std::get<0>(found) : nullptr;
        bool const reads = word == "GET" || word == "TAIL";
        // The stream of an append may be being made.
        is_held_ = !answers_.empty() && (reads || (word == "APPEND" && !stream));
        if (is_held_) return 0;
        if (reader_) end_read("END " + format_offset(reader_->stream->locate(reader_->seen)));
        if (word == "AUTH") token_ = target;
        if (word == "AUTH")
            answer("OK");
        else if (word == "PUT" && named)
            put(*name, last);
        else if (word == "APPEND" && stream)
            append(*name, *stream, bytes.substr(taken, size));
        else if (reads && stream)
            read(*name, stream, last, word == "TAIL");
        else if (named && (reads || word == "APPEND"))
            answer(refused(Right::read, *name, 0, nullptr).value_or("ERR there is no such stream"));
        else
            say_goodbye(word == "QUIT" ? "BYE" : "ERR this is no request");
        return taken + size;
    }
    // Why it is refused: by limits, or for want of a right.
    std::optional<std::string> refused(Right right, StreamName const& name, std::size_t bytes,
                                       Stream const* stream) {
        auto const now = std::chrono::steady_clock::now();
        std::optional<quota::Exceeded> over;
        if (client_ != nullptr) over = services_.quota.take_of_address(client_->client, bytes, now);
        if (over) return "ERR " + std::string(text_of(over->limit));
        access::Credentials shown;
        if (!token_.empty()) shown = {token_, 1, {}, {}};
        bool const open = stream != nullptr && stream->exposure.is_public;
        auto const decision = services_.access.decide(
            shown, {right, name.project(), name.stream(), open, false, false, false});
        if (auto const* denied = std::get_if<access::Denied>(&decision))
            return "ERR " + (denied->text.empty() ? "a token is needed" : denied->text);
        if (std::holds_alternative<access::AskHook>(decision)) return "ERR no hook is asked here";
        if (client_ != nullptr)
            over = services_.quota.take_of_project(client_->client, name.project(), bytes, now);
        if (over) return "ERR " + std::string(text_of(over->limit));
        return std::nullopt;
    }
    void put(StreamName const& name, std::string const& type) {
        Create create;
        create.name = name;
        if (!type.empty()) create.content_type = type;
        change(name, 0, nullptr, std::move(create));
    }
    void append(StreamName const& name, Stream const& stream, std::string_view payload) {
        Append append;
        append.name = name;
        append.content_type = stream.content_type();
        append.body_was_empty = payload.empty();
        append.messages = split_messages(Bytes(std::string(payload)), stream.json);
        change(name, payload.size(), &stream, std::move(append));
    }
    void change(StreamName const& name, std::size_t bytes, Stream const* stream, Ask ask) {
        auto const ticket = next_ticket();
        if (auto const why = refused(Right::write, name, bytes, stream)) return answer(*why);
        if (!services_.engine.submit(ask, {&services_, ticket})) return answer("ERR busy");
        answers_.emplace_back(ticket, std::string());
    }
    void read(StreamName const& name, std::shared_ptr<Stream> const& stream,
              std::string const& offset, bool live) {
        if (auto const why = refused(Right::read, name, 0, stream.get())) return answer(*why);
        auto const from = parse_read_from(offset);
        std::variant<std::uint64_t, Refusal> place = stream->earliest();
        if (from && std::holds_alternative<FromNow>(*from)) place = stream->head().end;
        if (from && std::holds_alternative<Offset>(*from))
            place = stream->resolve(std::get<Offset>(*from));
        if (!from || place.index() != 0) return answer("ERR there is no such place");
        auto reader = std::make_unique<TrialReader>(services_, stream, std::get<0>(place));
        reader->ticket = next_ticket();
        reader->live = live;
        if (live && client_ != nullptr) {
            auto taken = services_.quota.take_reader(client_->client, name.project(), 0,
                                                     std::chrono::steady_clock::now());
            if (taken.index() != 0) return answer("ERR too many live readers");
            reader->slots = std::get<0>(std::move(taken));
        }
        services_.engine.touch(stream);
        reader_ = std::move(reader);
        read_on();
    }
    // Pages until the tail; there it parks, or ends. A reader that is slow to take a page comes
    // back with on_room().
    void read_on() {
        if (!reader_ || reader_->fetching || link_.has_unsent()) return;
        auto const& stream = reader_->stream;
        auto const head = stream->head();
        if (stream->life() != Life::live) return end_read("ERR the stream was deleted");
        if (reader_->seen < head.end) {
            services_.parked.unpark(*reader_);
            if (auto const page = services_.engine.page_now(*stream, reader_->seen, k_no_limit))
                return send_page(*page);
            reader_->fetching = services_.engine.page_later(stream, reader_->seen, k_no_limit,
                                                            {&services_, reader_->ticket});
            if (!reader_->fetching) end_read("ERR busy");
            return;
        }
        if (head.closed || !reader_->live) return end_read("END " + format_offset(head.tail));
        if (!reader_->is_parked() && !services_.parked.park(*reader_)) read_on();
    }
    void send_page(Page const& page) {
        reader_->seen = page.end;
        auto const size = std::to_string(page.body.size());
        link_.send_soon("DATA " + size + " " + format_offset(page.next) + "\n", page.body);
    }
    void end_read(std::string const& line) {
        reader_.reset();
        answer(line);
        go_on();
    }
    // Says what can be said by now; go_on() takes what can be taken, too.
    void settle() {
        for (; !answers_.empty() && !answers_.front().second.empty(); answers_.pop_front())
            link_.send_soon(std::move(answers_.front().second), {});
        bool const idle = answers_.empty() && !reader_;
        is_held_ = is_held_ && !answers_.empty();
        using std::chrono::minutes;
        link_.set_deadline(idle ? link_.now() + minutes(1) : transport::SteadyTime::max());
        if (idle && ends_) link_.end(false);
    }
    void go_on() {
        settle();
        if (takes_bytes()) link_.resume();
    }
    Ticket next_ticket() { return link_.number() << 16U | (++turn_ & 0xffffU); }
    void answer(std::string const& line) { answers_.emplace_back(next_ticket(), line + "\n"); }
    // What is in flight is still answered.
    void say_goodbye(std::string const& line) {
        if (std::exchange(ends_, true)) return;
        end_read(line);
    }
    TrialServices& services_;
    transport::Link& link_;
    TrialClient* const client_; // null: there are no limits
    std::string token_;
    std::uint64_t turn_ = 0;
    // In the order of the requests; empty while it is still to come.
    std::deque<std::pair<Ticket, std::string>> answers_;
    std::unique_ptr<TrialReader> reader_;
    bool is_held_ = false; // the next request waits for the answers before it
    bool ends_ = false;
};
inline void TrialReader::wake(follow::Slice& slice) {
    services.visit(ticket, [&](TrialSession& session) { session.on_wake(slice); });
}
inline void TrialServices::deliver(Parcel parcel) {
    loop.post([this, told = std::move(parcel)] {
        for (auto const& advance : told.advances)
            parked.on_advance(advance);
        for (auto const& [ticket, reply] : told.answers)
            visit(ticket, [at = ticket, &what = reply](auto& to) { to.on_reply(at, what); });
        for (auto const& [ticket, page] : told.pages)
            visit(ticket, [at = ticket, &what = page](auto& to) { to.on_page(at, what); });
    });
}
inline void TrialServices::visit(Ticket ticket, std::function<void(TrialSession&)> const& work) {
    auto* const connection = loop.find(ticket >> 16U);
    if (connection == nullptr) return;
    auto* const session = dynamic_cast<TrialSession*>(&connection->session());
    loop.attend(*connection, [&](transport::Connection&) { work(*session); });
}

} // namespace ds::trial
