// Sending as far as there is room.
#include "transport/outbox.h"

#include <algorithm>
#include <cerrno>
#include <string_view>

namespace ds::transport {

namespace {

// Bodies up to this are copied behind what is unsent: one send(2) for many answers.
constexpr std::size_t k_joined_max = 16 * k_kib;
// Small answers that are kept to leave together.
constexpr std::size_t k_unsent_max = 64 * k_kib;

} // namespace

Outbox::Pushed Outbox::push(Channel& channel) {
    while (sent_of_head_ < head_.size() || !body_.empty()) {
        auto const sent = channel.send(std::string_view(head_).substr(sent_of_head_), body_.view());
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0) return errno == EAGAIN ? Pushed::some : Pushed::broken;
        auto left = static_cast<std::size_t>(sent);
        auto const of_head = std::min(left, head_.size() - sent_of_head_);
        sent_of_head_ += of_head;
        left -= of_head;
        body_ = left < body_.size() ? body_.slice(left) : Bytes();
        if (sent_of_head_ == head_.size()) {
            std::string().swap(head_); // and its memory
            sent_of_head_ = 0;
        }
    }
    return Pushed::all;
}

void Outbox::join(std::string const& head, Bytes body) {
    if (!body_.empty()) {
        head_ = head_.substr(sent_of_head_).append(body_.view());
        sent_of_head_ = 0;
        body_ = {};
    }
    head_.append(head);
    if (body.size() <= k_joined_max)
        head_.append(body.view());
    else
        body_ = std::move(body);
}

bool Outbox::is_full() const {
    return !body_.empty() || head_.size() >= k_unsent_max;
}

} // namespace ds::transport
