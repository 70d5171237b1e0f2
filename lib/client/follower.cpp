// Catch-up, live, wait, resume.
#include "client/follower.h"

#include "protocol/sse.h"

#include <nlohmann/json.hpp>

#include <optional>
#include <utility>

namespace ds {
namespace {

// How long the first page is waited for.
constexpr std::chrono::seconds k_first_page{30};

// What a control event says. (Protocol section 5.8)
struct Control {
    std::string next;
    std::string cursor;
    bool closed = false;
};

std::optional<Control> read_control(std::string const& payload) {
    auto const document = nlohmann::json::parse(payload, nullptr, false);
    if (!document.is_object()) return std::nullopt;
    auto const text = [&](char const* key) {
        auto const found = document.find(key);
        auto const there = found != document.end() && found->is_string();
        return there ? found->get<std::string>() : std::string();
    };
    auto const closed = document.find("streamClosed");
    Control control{text("streamNextOffset"), text("streamCursor"),
                    closed != document.end() && closed->is_boolean() && closed->get<bool>()};
    if (control.next.empty()) return std::nullopt;
    return control;
}

} // namespace

// Takes events in as they arrive and hands their bytes out.
//
// Two positions matter: the follower's (what has been handed out) and `event_from_` (where the next
// event begins). They part when an event is read as a page, since that read may go further than the
// event did; events that then lie behind the follower are skipped.
class Follower::LiveReader final : public BodyTaker {
public:
    LiveReader(Follower& follower, FollowOutput& output)
        : follower_(follower),
          output_(output),
          event_from_(follower.position_) {}

    Flow on_head(FetchReply const& head) override {
        auto const type = head.headers.get("Content-Type").value_or("");
        if (type.starts_with("text/event-stream")) return Flow::more;
        return end(Error{Fault::corrupt, "the server did not answer with an event stream"});
    }

    Flow on_bytes(std::string_view bytes) override {
        parser_.feed(bytes);
        for (;;) {
            auto event = parser_.next();
            if (!event) return end(std::move(event).error());
            if (!*event) break;
            if (take(std::move(**event)) == Flow::stop) return Flow::stop;
        }
        // One exact read for all the events of this piece, however many there were.
        if (wanted_ > follower_.position_ && read_up_to_wanted() == Flow::stop) return Flow::stop;
        return closed_ ? end(Said<Step>(Step::closed)) : Flow::more;
    }

    Flow on_idle() override {
        if (output_.on_idle() == Flow::more) return Flow::more;
        return end(Said<Step>(Step::stopped));
    }

    bool heard() const { return heard_; }
    Result<Said<Step>> take_outcome() { return std::move(outcome_); }

private:
    Flow end(Result<Said<Step>> outcome) {
        outcome_ = std::move(outcome);
        return Flow::stop;
    }

    Flow take(SseEvent event) {
        if (event.name == "control") return take_control(event.payload);
        if (event.name != "data") return Flow::more;
        has_data_ = true;
        auto printed = printed_event(follower_.kind_, std::move(event.payload));
        if (!printed) return end(std::move(printed).error());
        exact_ = exact_ && printed->has_value();
        if (*printed) ready_ += **printed;
        return Flow::more;
    }

    // Only a control event makes the data before it count: it says where to resume after them.
    Flow take_control(std::string const& payload) {
        auto const control = read_control(payload);
        if (!control) return end(Error{Fault::corrupt, "the server sent a broken control event"});
        heard_ = true;
        follower_.made_progress();
        follower_.cursor_ = control->cursor;
        closed_ = closed_ || control->closed;

        auto const fits = wanted_.empty() && event_from_ == follower_.position_;
        if (control->next > follower_.position_) {
            if (has_data_ && exact_ && fits) {
                if (!ready_.empty() && output_.on_bytes(ready_) == Flow::stop)
                    return end(Said<Step>(Step::stopped));
                follower_.position_ = control->next;
            } else {
                wanted_ = control->next;
            }
        }
        event_from_ = control->next;
        ready_.clear();
        exact_ = true;
        has_data_ = false;
        return Flow::more;
    }

    Flow read_up_to_wanted() {
        while (wanted_ > follower_.position_) {
            auto const before = follower_.position_;
            auto page = follower_.read_page(output_);
            auto const* said = page ? std::get_if<PageEnd>(&*page) : nullptr;
            if (said == nullptr || said->step != Step::go_on) return end(step_of(std::move(page)));
            if (follower_.position_ == before)
                return end(Error{Fault::io, "the server announced data that it does not return"});
        }
        wanted_.clear();
        return Flow::more;
    }

    Follower& follower_;
    FollowOutput& output_;
    SseParser parser_;
    Result<Said<Step>> outcome_ = Said<Step>(Step::go_on);
    std::string event_from_;
    std::string wanted_; // read pages up to here; empty: nothing is owed
    std::string ready_;  // what the data events since the last control event print
    bool has_data_ = false;
    bool exact_ = true;
    bool closed_ = false;
    bool heard_ = false;
};

Follower::Follower(StreamClient& client, StreamName name, Backoff backoff, Wait wait)
    : client_(client),
      name_(std::move(name)),
      backoff_(backoff),
      wait_(std::move(wait)) {}

Result<Said<Follower::Step>> Follower::step_of(Result<Said<PageEnd>> page) {
    auto said = TRY(std::move(page));
    if (auto* denial = std::get_if<Denial>(&said)) return Said<Step>(std::move(*denial));
    return Said<Step>(std::get<PageEnd>(said).step);
}

void Follower::made_progress() {
    backoff_.reset();
    interrupted_ = false;
}

Result<Said<Follower::PageEnd>> Follower::read_page(FollowOutput& output) {
    auto said = TRY(client_.read(name_, position_, last_));
    if (auto* denial = std::get_if<Denial>(&said)) return Said<PageEnd>(std::move(*denial));
    auto& answer = std::get<ReadAnswer>(said);
    if (answer.state.next_offset.empty()) return client_.nobody_here();

    reached_ = true;
    last_ = 0;
    kind_ = payload_kind(answer.state.content_type);
    auto const printed = TRY(printed_page(kind_, std::move(answer.body)));
    if (!printed.empty() && output.on_bytes(printed) == Flow::stop)
        return Said<PageEnd>(PageEnd{Step::stopped, true});

    auto const moved = answer.state.next_offset != position_;
    position_ = std::move(answer.state.next_offset);
    if (moved) made_progress();
    auto const step = answer.state.closed ? Step::closed : Step::go_on;
    // A page that does not move on is the last one, whatever its headers say.
    return Said<PageEnd>(PageEnd{step, answer.state.up_to_date || !moved});
}

Result<Said<Follower::Step>> Follower::read_pages(FollowOutput& output) {
    for (;;) {
        auto page = read_page(output);
        auto const* end = page ? std::get_if<PageEnd>(&*page) : nullptr;
        if (end == nullptr || end->caught_up || end->step != Step::go_on)
            return step_of(std::move(page));
    }
}

Result<Said<Follower::Step>> Follower::read_live(FollowOutput& output) {
    LiveReader reader(*this, output);
    auto ended = client_.read_sse(name_, position_, cursor_, reader);
    auto outcome = reader.take_outcome();
    auto const* said = outcome ? std::get_if<Step>(&*outcome) : nullptr;
    // What the reader made of it weighs more than how the connection ended.
    if (said == nullptr || *said != Step::go_on) return outcome;
    auto live = TRY(std::move(ended));
    if (auto* denial = std::get_if<Denial>(&live)) return Said<Step>(std::move(*denial));
    if (!reader.heard()) return Error{Fault::io, "the live connection ended before it began"};
    return outcome;
}

// True when it is worth going on; then the time to do so has come.
bool Follower::wait_out(Result<Said<Step>> const& outcome, FollowOutput& output) {
    std::string why;
    auto least = std::chrono::milliseconds::zero();
    if (!outcome) {
        auto const& error = outcome.error();
        if (error.fault != Fault::unreachable && error.fault != Fault::io) return false;
        why = error.what;
    } else {
        auto const& denial = std::get<Denial>(*outcome);
        if (!denial.worth_retrying()) return false;
        why = denial.message;
        least = denial.retry_after.value_or(least);
    }
    auto const pause = std::max(least, backoff_.next());
    if (!reached_) {
        waited_ += pause;
        auto const nobody = !outcome && outcome.error().fault == Fault::unreachable;
        // The pause comes first once: afterwards a server has been there.
        if ((nobody && waited_ == pause) || waited_ > k_first_page) return false;
    }
    if (!std::exchange(interrupted_, true)) output.on_interruption(why);
    wait_(pause);
    return true;
}

Result<Said<FollowEnd>> Follower::run(FollowRequest const& request, FollowOutput& output) {
    position_ = request.from;
    last_ = request.last;
    for (;;) {
        auto outcome = read_pages(output);
        auto const* step = outcome ? std::get_if<Step>(&*outcome) : nullptr;
        if (step != nullptr && *step == Step::go_on) {
            if (request.live == Live::no) return Said<FollowEnd>(FollowEnd::caught_up);
            outcome = read_live(output);
            step = outcome ? std::get_if<Step>(&*outcome) : nullptr;
        }
        if (step == nullptr) {
            if (wait_out(outcome, output)) {
                if (output.on_idle() == Flow::more) continue;
                return Said<FollowEnd>(FollowEnd::stopped);
            }
            if (!outcome) return std::move(outcome).error();
            return Said<FollowEnd>(std::get<Denial>(*std::move(outcome)));
        }
        if (*step == Step::closed) return Said<FollowEnd>(FollowEnd::closed);
        if (*step == Step::stopped) return Said<FollowEnd>(FollowEnd::stopped);
    }
}

} // namespace ds
