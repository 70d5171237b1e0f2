// Writers: idempotent producers, so that a request without an answer can be sent again.
#include "loadtest/load_writer.h"

namespace ds {

namespace {

constexpr auto k_write_max = std::chrono::seconds(30);

} // namespace

LoadWriter::LoadWriter(LoadWorld& world, std::uint64_t stream)
    : world_(world),
      wire_(world.loop, world.write_endpoint, *this),
      stream_(stream),
      backoff_(stream) {
    ++world.tally.writes.writers;
}

void LoadWriter::due() {
    ++waiting_;
    if (sending_) {
        ++world_.tally.writes.late;
        return;
    }
    compose();
}

void LoadWriter::compose() {
    --waiting_;
    sending_ = true;
    composed_ms_ = world_.now_ms();
    body_ = marked_message({composed_ms_, number_}, stream_, world_.plan.message_bytes);
    sent_ = Steady::now();
    send();
}

void LoadWriter::send() {
    pausing_ = false;
    status_ = 0;
    deadline_ = Steady::now() + k_write_max;
    auto request = request_head("POST", world_.write_endpoint, world_.plan,
                                "/v1/stream/" + stream_name_of(world_.plan, stream_));
    request += "Content-Type: application/json\r\nProducer-Id: loadtest-" + world_.plan.run +
               "\r\nProducer-Epoch: 0\r\nProducer-Seq: " + std::to_string(number_) +
               "\r\nContent-Length: " + std::to_string(body_.size()) + "\r\n\r\n";
    wire_.send(request + body_);
}

void LoadWriter::look_at_clock(Steady::time_point now) {
    if (!sending_ || now < deadline_) return;
    if (pausing_) return send();
    wire_.close();
    try_again("an append had no answer for too long");
}

bool LoadWriter::stop() {
    waiting_ = 0;
    return !sending_;
}

void LoadWriter::on_head(ReplyHead const& head) {
    status_ = head.status;
}

void LoadWriter::on_end() {
    if (status_ != 200 && status_ != 204)
        return try_again("an append: status " + std::to_string(status_));
    auto& counts = world_.tally.writes;
    ++counts.appends;
    ++world_.second().appends;
    counts.bytes += body_.size();
    counts.latency.record(Steady::now() - sent_);
    ++number_;
    last_written_ms_ = composed_ms_;
    sending_ = false;
    backoff_.reset();
    if (waiting_ > 0) compose();
}

void LoadWriter::on_failure(std::string cause) {
    try_again("an append: " + cause);
}

void LoadWriter::try_again(std::string_view cause) {
    ++world_.tally.writes.errors;
    world_.note_error(cause);
    pausing_ = true;
    deadline_ = Steady::now() + backoff_.next();
}

} // namespace ds
