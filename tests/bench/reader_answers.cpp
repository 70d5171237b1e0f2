// HTTP answers, piece by piece: status, headers, and the three ways in which a body can end.
#include "bench/reader_http.h"

#include <algorithm>
#include <charconv>

namespace ds {

namespace {

constexpr std::string_view k_head_end = "\r\n\r\n";
constexpr std::size_t k_head_max = 65536;
constexpr int k_no_content = 204;
constexpr int k_not_modified = 304;

bool contains_word(std::optional<std::string_view> const& value, std::string_view lower_word) {
    if (!value) return false;
    auto const same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; };
    return std::search(value->begin(), value->end(), lower_word.begin(), lower_word.end(), same) !=
           value->end();
}

} // namespace

void AnswerReader::begin() {
    state_ = State::head;
    status_ = 0;
    closes_ = false;
    head_.clear();
    line_.clear();
    left_ = 0;
    body_bytes_ = 0;
}

std::size_t AnswerReader::take(std::string_view fresh, Body const& body) {
    std::size_t taken = 0;
    while (taken < fresh.size() && !whole() && !broken()) {
        auto const rest = fresh.substr(taken);
        switch (state_) {
        case State::head: taken += take_head(rest); break;
        case State::body:
        case State::chunk:
        case State::until_close: taken += take_body(rest, body); break;
        default: take_line_byte(rest.front()); ++taken;
        }
    }
    return taken;
}

bool AnswerReader::end_of_connection() {
    if (state_ == State::until_close) state_ = State::whole;
    return whole();
}

std::size_t AnswerReader::take_head(std::string_view fresh) {
    auto const before = head_.size();
    head_.append(fresh.substr(0, k_head_max));
    auto const end = head_.find(k_head_end, before > 3 ? before - 3 : 0);
    if (end == std::string::npos) {
        if (head_.size() >= k_head_max) state_ = State::broken;
        return head_.size() - before;
    }
    head_.resize(end + k_head_end.size());
    auto const taken = head_.size() - before;
    read_head();
    return taken;
}

void AnswerReader::read_head() {
    std::string_view const head = head_;
    constexpr std::string_view k_version = "HTTP/1.";
    auto const digits = k_version.size() + 2; // "HTTP/1.1 200"
    auto const* const end = head.data() + std::min(head.size(), digits + 3);
    if (!head.starts_with(k_version) ||
        std::from_chars(head.data() + digits, end, status_).ptr != end) {
        state_ = State::broken;
        return;
    }
    if (status_ < 200) return begin(); // "100 Continue": the answer is yet to come
    closes_ = contains_word(header_value(head, "Connection"), "close");
    if (status_ == k_no_content || status_ == k_not_modified) {
        state_ = State::whole;
    } else if (contains_word(header_value(head, "Transfer-Encoding"), "chunked")) {
        state_ = State::chunk_size;
    } else if (auto const length = header_value(head, "Content-Length")) {
        auto const read = std::from_chars(length->data(), length->data() + length->size(), left_);
        state_ = read.ec != std::errc{} ? State::broken : left_ > 0 ? State::body : State::whole;
    } else {
        state_ = State::until_close;
        closes_ = true;
    }
}

std::size_t AnswerReader::take_body(std::string_view fresh, Body const& body) {
    if (state_ != State::until_close)
        fresh = fresh.substr(0, std::min<std::uint64_t>(left_, fresh.size()));
    if (body) body(fresh);
    body_bytes_ += fresh.size();
    if (state_ == State::until_close) return fresh.size();
    left_ -= fresh.size();
    if (left_ == 0) state_ = state_ == State::body ? State::whole : State::chunk_end;
    return fresh.size();
}

void AnswerReader::take_line_byte(char byte) {
    if (byte != '\n') {
        if (line_.size() < 256) line_.push_back(byte);
        return;
    }
    if (line_.ends_with('\r')) line_.pop_back();
    if (state_ == State::chunk_end) {
        state_ = line_.empty() ? State::chunk_size : State::broken;
    } else if (state_ == State::trailer) {
        if (line_.empty()) state_ = State::whole;
    } else {
        auto const read = std::from_chars(line_.data(), line_.data() + line_.size(), left_, 16);
        state_ = read.ec != std::errc{} ? State::broken : left_ > 0 ? State::chunk : State::trailer;
    }
    line_.clear();
}

} // namespace ds
