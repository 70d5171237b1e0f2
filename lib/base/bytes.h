// Immutable bytes that many owners share, cheap slices of them, and units to count them in.
//
// A Bytes may cross threads freely. Slicing and copying never copy the content.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace ds {

inline constexpr std::size_t k_kib = 1024;
inline constexpr std::size_t k_mib = 1024 * k_kib;

class Bytes {
public:
    Bytes() = default;
    explicit Bytes(std::string content)
        : Bytes(std::make_shared<std::string const>(std::move(content))) {}

    std::string_view view() const { return view_; }
    char const* data() const { return view_.data(); }
    std::size_t size() const { return view_.size(); }
    bool empty() const { return view_.empty(); }

    // The part [from, from + count), clipped to what is there.
    Bytes slice(std::size_t from, std::size_t count = std::string_view::npos) const {
        Bytes part;
        part.owner_ = owner_;
        part.view_ = from >= view_.size() ? std::string_view{} : view_.substr(from, count);
        return part;
    }

    friend bool operator==(Bytes const& a, Bytes const& b) { return a.view_ == b.view_; }

private:
    friend class Room;
    explicit Bytes(std::shared_ptr<std::string const> const& content)
        : owner_(content),
          view_(*content) {}

    std::shared_ptr<void const> owner_;
    std::string_view view_;
};

// Room for bytes that are written once, one part after another, and then shared as they lie there:
// nothing is filled with zeros first, and nothing copied afterwards.
class Room {
public:
    explicit Room(std::size_t bytes) { make(bytes); }

    std::size_t size() const { return used_; }
    // Grows when there is not enough room after all.
    void append(std::string_view part) {
        append_in_place(part.size(), [&](char* place) {
            std::copy_n(part.data(), part.size(), place);
            return part.size();
        });
    }
    // Lets `write(char* place)` put up to `most` bytes where they are to lie; it returns how many.
    void append_in_place(std::size_t most, auto write) {
        if (most > bytes_ - used_) {
            auto const old = std::move(room_);
            make(used_ + std::max(most + 1, used_));
            std::copy_n(old.get(), used_, room_.get());
        }
        used_ += write(room_.get() + used_);
    }
    Bytes take() {
        if (used_ < bytes_ / 2) { // to keep it all would cost more than a copy
            auto const old = std::move(room_);
            make(used_);
            std::copy_n(old.get(), used_, room_.get());
        }
        Bytes bytes;
        bytes.view_ = {room_.get(), used_};
        bytes.owner_ = std::shared_ptr<char const[]>(std::move(room_));
        return bytes;
    }

private:
    void make(std::size_t bytes) {
        room_ = std::make_unique_for_overwrite<char[]>(bytes);
        bytes_ = bytes;
    }
    std::unique_ptr<char[]> room_;
    std::size_t bytes_ = 0;
    std::size_t used_ = 0;
};

} // namespace ds
