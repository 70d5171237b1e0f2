// Reading in turns, sending as far as there is room, and the end of a connection.
#include "transport/connection.h"

#include "transport/event_loop.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <utility>

namespace ds::transport {

namespace {

// What a peer may send ahead while its session takes nothing. More stays in the kernel, and the
// sender waits.
constexpr std::size_t k_read_ahead_max = 256 * k_kib;
// How often a connection reads before others have their turn: up to a megabyte.
constexpr int k_reads_in_a_row = 16;
// How long an ending connection listens for what the peer was still sending, so that the peer reads
// our answer before it learns of the end.
constexpr std::chrono::seconds k_linger{5};

} // namespace

Connection::Connection(EventLoop& loop, Socket socket, Tls const* tls, std::uint64_t number,
                       std::unique_ptr<Admitted> admitted)
    : loop_(loop),
      channel_(std::move(socket), tls),
      number_(number),
      admitted_(std::move(admitted)),
      secure_(tls != nullptr) {}

Connection::~Connection() = default;

void Connection::begin(std::unique_ptr<Session> session) {
    session_ = std::move(session);
    session_->on_start();
}

SteadyTime Connection::now() const {
    return loop_.now();
}

void Connection::on_ready(Readiness what) {
    if (phase_ == Phase::closed) return;
    channel_.on_ready(what);
    if (channel_.may_send(what)) flush();
    if (phase_ == Phase::ending && !channel_.is_finished()) return linger();
    read();
}

bool Connection::wants_bytes() const {
    if (phase_ == Phase::closed) return false;
    if (phase_ != Phase::open) return true; // to drop them
    // Its end is known, and the answers still to be sent come first.
    if (peer_ended_) return false;
    return session_->takes_bytes() || pending_.size() < k_read_ahead_max;
}

void Connection::read() {
    if (reading_) return;
    reading_ = true;
    int rounds = 0;
    while (channel_.is_readable() && wants_bytes() && rounds < k_reads_in_a_row && receive())
        ++rounds;
    reading_ = false;
    if (rounds == k_reads_in_a_row) loop_.read_later(*this);
}

// False when there is nothing more to be had for now.
bool Connection::receive() {
    auto& scratch = loop_.scratch();
    auto const got = channel_.receive(scratch);
    if (got < 0 && errno == EAGAIN) return false;
    if (got < 0) {
        break_off(errno);
        return phase_ == Phase::ending;
    }
    if (got == 0) {
        peer_ended_ = true;
        if (phase_ == Phase::open)
            session_->on_end();
        else if (phase_ == Phase::ending)
            close();
        return false;
    }
    if (phase_ != Phase::open) return true;
    std::string_view bytes(scratch.data(), static_cast<std::size_t>(got));
    bool const at_once = pending_.empty() && session_->takes_bytes();
    if (at_once) bytes.remove_prefix(offer(bytes));
    if (phase_ == Phase::open) pending_.append(bytes);
    if (!at_once) offer_pending();
    return true;
}

// Returns how much the session has taken.
std::size_t Connection::offer(std::string_view bytes) {
    auto const all = bytes.size();
    offering_ = true;
    do {
        resumed_ = false;
        bytes.remove_prefix(session_->on_bytes(bytes));
    } while (resumed_ && phase_ == Phase::open && !bytes.empty());
    offering_ = false;
    return all - bytes.size();
}

void Connection::offer_pending() {
    if (pending_.empty() || !session_->takes_bytes()) return;
    auto kept = std::exchange(pending_, {});
    auto const taken = offer(kept);
    if (phase_ != Phase::open || taken == kept.size()) return;
    kept.erase(0, taken);
    pending_ = std::move(kept);
}

bool Connection::resume() {
    if (phase_ != Phase::open) return true;
    if (offering_) {
        resumed_ = true;
        return false;
    }
    offer_pending();
    if (phase_ == Phase::open) read();
    return true;
}

void Connection::break_off(int why) {
    if (why != EPROTO || phase_ != Phase::open || has_unsent()) return close();
    // The rest of what comes is read, so that the peer sees an end and no reset.
    more_may_come_ = true;
    if (!channel_.give_up_tls()) return linger();
    session_->on_plain();
}

void Connection::send(std::string head, Bytes body) {
    if (phase_ != Phase::open) return;
    if (outbox_) {
        outbox_->join(head, std::move(body));
        return flush();
    }
    Outbox out(std::move(head), std::move(body));
    auto const pushed = out.push(channel_);
    if (pushed == Outbox::Pushed::some) outbox_ = std::make_unique<Outbox>(std::move(out));
    on_pushed(pushed);
}

void Connection::send_soon(std::string head, Bytes body) {
    if (phase_ != Phase::open) return;
    if (outbox_) {
        outbox_->join(head, std::move(body));
        if (blocked_) on_pushed(Outbox::Pushed::some);
    } else {
        outbox_ = std::make_unique<Outbox>(std::move(head), std::move(body));
        loop_.flush_later(*this);
    }
}

bool Connection::is_full() const {
    return outbox_ && (blocked_ || outbox_->is_full());
}

void Connection::flush() {
    if (!outbox_ || phase_ == Phase::closed) return;
    auto const pushed = outbox_->push(channel_);
    if (pushed == Outbox::Pushed::all) outbox_.reset();
    on_pushed(pushed);
}

void Connection::on_pushed(Outbox::Pushed how) {
    blocked_ = how == Outbox::Pushed::some;
    // on_ready() goes on. A peer that takes nothing for this long is cut; it can come back and go
    // on where it was.
    if (blocked_) return loop_.set_deadline(*this, loop_.now() + loop_.write_timeout());
    if (how == Outbox::Pushed::broken) return close();
    if (phase_ == Phase::last) return linger();
    if (phase_ == Phase::open) session_->on_room();
}

void Connection::set_deadline(SteadyTime at) {
    if (phase_ == Phase::open && !blocked_) loop_.set_deadline(*this, at);
}

void Connection::end(bool more_may_come) {
    if (phase_ != Phase::open) return;
    phase_ = Phase::last;
    more_may_come_ = more_may_come_ || more_may_come;
    std::string().swap(pending_);
    if (!outbox_) return linger();
    if (!blocked_) flush();
}

void Connection::linger() {
    bool const again = std::exchange(phase_, Phase::ending) == Phase::ending;
    std::string().swap(pending_);
    if (!channel_.finish()) { // on_ready() comes back here
        if (!again) loop_.set_deadline(*this, loop_.now() + k_linger);
        return;
    }
    // A close with bytes unread would reset the connection, and the peer might never see the
    // answer.
    if (peer_ended_ || (!more_may_come_ && channel_.is_quiet())) return close();
    channel_.shut_down_sending();
    loop_.set_deadline(*this, loop_.now() + k_linger);
    read();
}

void Connection::on_deadline() {
    if (phase_ == Phase::closed) return;
    if (blocked_ || phase_ != Phase::open) return close();
    session_->on_deadline();
}

void Connection::drain() {
    if (phase_ == Phase::open) session_->drain();
}

void Connection::close() {
    if (phase_ == Phase::closed) return;
    phase_ = Phase::closed;
    if (session_) session_->on_close();
    if (!outbox_) channel_.finish(); // as far as there is room
    outbox_.reset();
    std::string().swap(pending_);
    channel_.close();
    admitted_.reset();
    loop_.release(*this);
}

} // namespace ds::transport
