// The least a Durable Streams server can do: one epoll thread, streams in memory, and for appends
// that are to last a second thread with group commit.
//
// It knows just enough of the protocol that ds_bench drives it like any other server. What a real
// one does on top (validation, producers, an index, recovery, slow readers' limits) is the
// difference between its figures and these.
#pragma once

#include "bench/ceiling_log.h"
#include "bench/ceiling_request.h"
#include "bench/ceiling_stream.h"
#include "bench/load.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace ds {

class Ceiling {
public:
    // Listens on a port of its own. With a file, appends are answered when they are synced to it.
    explicit Ceiling(std::optional<std::string> const& file);
    ~Ceiling();
    Ceiling(Ceiling const&) = delete;
    Ceiling& operator=(Ceiling const&) = delete;

    std::uint16_t port() const { return listener_.port; }
    // Serves until `stop`, a descriptor, is readable.
    void run(int stop);

private:
    // A page on its way out. It is sent from the stream's memory, behind what is unsent.
    struct Sending {
        CeilingStream const* stream = nullptr;
        CeilingPlace place;
        std::size_t left = 0;
        bool bracket = false; // one has to follow
    };
    enum class Role : std::uint8_t { none, reader, parked };
    struct Connection {
        int socket = -1;
        std::uint32_t generation = 0; // of the slot: earlier connections had others
        std::uint32_t waiting = 0;    // appends that are being committed
        std::uint32_t place = 0;      // among the stream's readers, or parked
        std::uint64_t has = 0;        // of the stream's feed
        Role role = Role::none;
        bool blocked = false;            // the socket takes no more for now
        CeilingStream* stream = nullptr; // that it reads or waits for
        std::string partial;             // of a request
        std::string unsent;
        std::unique_ptr<Sending> page;
    };
    // Which append has to go to those that are parked, once its writer is answered.
    struct Publication {
        CeilingStream* stream;
        std::string_view body;
        CeilingPlace next;
    };
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const {
            return std::hash<std::string_view>{}(text);
        }
    };

    void accept_all();
    void close(std::uint32_t slot);
    void receive(std::uint32_t slot);
    std::size_t take_requests(std::uint32_t slot, std::string_view arrived);
    void resume(std::uint32_t slot);
    bool answer(std::uint32_t slot, CeilingRequest const& request);
    void answer_put(CeilingRequest const& request);
    void answer_append(std::uint32_t slot, CeilingRequest const& request);
    void answer_read(std::uint32_t slot, CeilingRequest const& request);
    void answer_page(Connection& connection, CeilingRequest const& request, CeilingStream& stream,
                     CeilingPlace place);
    void answer_committed();
    void say_appended(CeilingPlace next);
    void follow(std::uint32_t slot, CeilingStream& stream, Role role);
    void unfollow(Connection& connection);
    void publish(CeilingStream& stream, std::string_view body);
    void visit_readers();
    bool visit_some(CeilingStream& stream);
    void frame(CeilingStream const& stream, std::uint64_t from);
    void wake_parked(Publication const& publication);
    void flush(std::uint32_t slot, std::string_view fresh);
    CeilingStream* find(std::string_view path);

    Listener listener_;
    int epoll_ = -1;
    int bell_ = -1; // an eventfd: something is committed
    std::deque<Connection> connections_;
    std::vector<std::uint32_t> free_;
    std::unordered_map<std::string, std::unique_ptr<CeilingStream>, Hash, std::equal_to<>> streams_;
    std::vector<char> buffer_;
    std::string answers_; // to the requests of one receive()
    std::string frame_;   // what readers get in one send()
    std::vector<Publication> publications_;
    std::vector<CeilingStream*> feeding_; // whose readers do not all have everything
    CeilingBatch arriving_;
    CeilingBatch committed_;
    std::unique_ptr<CeilingLog> log_;
};

} // namespace ds
