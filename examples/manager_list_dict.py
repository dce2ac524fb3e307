"""A list and a dict in a manager's process, which others change as if they were their own.

    python examples/manager_list_dict.py [processes]

Every access is a message to the manager, so one of them is whole; but `d[key] += 1` is two, and
what another process writes between them is lost. A lock makes one of the two.
"""
import multiprocessing
import sys

STEPS = 200


def work(number, squares, counts, lock):
    squares.append(number * number)
    for _ in range(STEPS):
        counts["without a lock"] += 1
        with lock:
            counts["with a lock"] += 1


def main(processes):
    with multiprocessing.Manager() as manager:
        squares = manager.list()
        counts = manager.dict({"without a lock": 0, "with a lock": 0})
        lock = manager.Lock()
        children = [multiprocessing.Process(target=work, args=(number, squares, counts, lock))
                    for number in range(processes)]
        for child in children:
            child.start()
        for child in children:
            child.join()
        print("the list:", sorted(squares))
        for how, count in counts.items():
            print(f"counted {how}: {count} of {processes * STEPS}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 4)
