#!/usr/bin/python3
"""Directories as disks have them: folders that cannot be read, links, times, permissions, and disks that are not there."""

import os
import shutil
import stat
import time
import unittest

import harness
from harness import NOBODY, DirectoryCase, encode, output_keys, photograph

SMALL = [{"name": "thumb", "width": 80, "height": 80, "fit": "inside", "format": "jpeg", "quality": 60}]


class FilesCase(DirectoryCase):
    outputs = SMALL

    def add_image(self, key, number=0):
        image = photograph(number, 120)
        self.add(key, encode(image, "jpeg"))
        return image.size

    def be_somebody(self):
        """Options for runs of a user for whom something can be unreadable, who owns everything here."""
        if os.getuid() != 0:
            return {}
        for path in (self.folder, harness.BIN):
            os.chmod(path, 0o755)
        for folder, folders, names in os.walk(self.folder):
            for name in (".", *folders, *names):
                path = os.path.join(folder, name)
                if os.lstat(path).st_uid != NOBODY:  # else it would be a change
                    os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
        return {"user": NOBODY, "group": NOBODY, "extra_groups": []}

    def close_folder(self, path, mode=0):
        """A folder that cannot be read until the test ends."""
        os.chmod(path, mode)
        self.addCleanup(os.chmod, path, 0o755)


class TestListing(FilesCase):
    def test_an_unreadable_folder_of_the_source_is_left_out(self):
        sizes = {key: self.add_image(key) for key in ("a.jpg", "z/b.jpg")}
        self.add_image("closed/x.jpg")
        self.add_image("names/x.jpg")
        somebody = self.be_somebody()
        self.close_folder(os.path.join(self.source, "closed"))
        self.close_folder(os.path.join(self.source, "names"), 0o444)
        config = self.configure()
        run = self.run_to_end(config, expect=1, **somebody)
        self.assert_all_made(sizes)
        for folder in ("closed/", "names/"):
            self.assertEqual(run.stderr.count(os.path.join(self.source, folder)), 1, run.stderr)
        self.assertIn("Permission denied", run.stderr)
        self.assertEqual(run.report["unlisted"], {"source": 2, "destination": 0})
        self.assertEqual(self.run_to_end(config, expect=1, **somebody).report["outputs"], {"made": 0, "up_to_date": 2})

    def test_an_excluded_folder_is_not_entered(self):
        sizes = {"a.jpg": self.add_image("a.jpg")}
        self.add_image("lost+found/x.jpg")
        somebody = self.be_somebody()
        self.close_folder(os.path.join(self.source, "lost+found"))
        source = {"url": f"file://{self.source}/", "exclude": ["lost+found/*"]}
        config = harness.write_config(self.config, source, f"file://{self.destination}/", self.outputs)
        run = self.run_to_end(config, **somebody)
        self.assertEqual(run.stderr, "")
        self.assert_all_made(sizes)

    def test_what_is_in_an_unreadable_folder_of_the_destination_is_not_made_again(self):
        sizes = {key: self.add_image(key) for key in ("a.jpg", "closed/b.jpg")}
        somebody = self.be_somebody()
        config = self.configure()
        self.run_to_end(config, **somebody)
        self.close_folder(os.path.join(self.destination, "thumb", "closed"), 0o300)  # only its names cannot be read
        sizes["new.jpg"] = self.add_image("new.jpg")
        somebody = self.be_somebody()
        run = self.run_to_end(config, expect=1, **somebody)
        self.assertEqual(run.report["outputs"], {"made": 1, "up_to_date": 1})
        self.assertEqual(run.report["unlisted"], {"source": 0, "destination": 1})
        self.assertEqual(run.report["skip_reasons"]["unlisted"], 1)
        os.chmod(os.path.join(self.destination, "thumb", "closed"), 0o755)
        self.assertEqual(self.run_to_end(config, **somebody).report["outputs"], {"made": 0, "up_to_date": 3})
        self.assert_all_made(sizes)

    def test_paths_that_are_too_deep_or_too_long_are_left_out(self):
        sizes = {"a.jpg": self.add_image("a.jpg")}
        os.makedirs(os.path.join(self.source, "d/" * 201))
        self.add_image("d/" * 201 + "x.jpg")
        self.add_image("/".join("n" * 250 for _ in range(4)) + "/" + "x" * 60 + ".jpg")
        run = self.run_to_end(self.configure(), expect=1)
        self.assert_all_made(sizes)
        self.assertEqual(run.report["unlisted"]["source"], 2)
        self.assertIn("not listed: 2 parts of the source", self.thumbmill("plan", "-c", self.config, expect=1).stdout)
        self.assertIn("folders deep", run.stderr)
        self.assertIn("longer than 1024 bytes", run.stderr)

    def test_a_daemon_says_why_a_pass_was_no_success(self):
        self.add_image("a.jpg")
        os.makedirs(os.path.join(self.source, "d/" * 201))
        daemon = harness.Daemon(self.configure())
        self.addCleanup(daemon.abandon)
        self.assertTrue(daemon.wait_for_passes(1))
        self.assertIn("parts of a directory could not be listed", daemon.passes()[0]["message"])
        self.assertEqual(daemon.passes()[0]["unlisted"], "1")
        self.assertEqual(daemon.stop(), 0)

    def test_linked_folders_are_followed_but_not_in_circles(self):
        sizes = {key: self.add_image(key) for key in ("real/a.jpg", "b.jpg")}
        os.symlink("real", os.path.join(self.source, "album"))
        os.symlink("..", os.path.join(self.source, "real", "up"))
        outside = os.path.join(self.folder, "outside")
        os.mkdir(outside)
        os.symlink(outside, os.path.join(self.source, "elsewhere"))
        sizes["album/a.jpg"] = sizes["real/a.jpg"]
        run = self.run_to_end(self.configure())
        self.assert_all_made(sizes)
        self.assertEqual(run.stderr.count("skipped in the listing"), 1, run.stderr)
        self.assertIn("elsewhere", run.stderr)

    def test_links_that_lead_out_of_the_source_are_followed_on_demand(self):
        """By default nobody who may put files there can have others' files published."""
        sizes = {"b.jpg": self.add_image("b.jpg")}
        outside = os.path.join(self.folder, "outside.jpg")
        image = photograph(1, 200)
        with open(outside, "wb") as file:
            file.write(encode(image, "jpeg"))
        os.symlink(outside, os.path.join(self.source, "a.jpg"))
        run = self.run_to_end(self.configure())
        self.assert_all_made(sizes)
        self.assertIn("set source.follow_links: any", run.stderr)
        source = {"url": f"file://{self.source}/", "follow_links": "any"}
        self.run_to_end(harness.write_config(self.config, source, f"file://{self.destination}/", self.outputs))
        self.assert_all_made({**sizes, "a.jpg": image.size})

    def test_nothing_is_written_through_links_of_others(self):
        """A folder of the destination is a link that leads elsewhere."""
        for key in ("one/a.jpg", "two/b.jpg"):
            self.add_image(key)
        outside = os.path.join(self.folder, "outside")
        os.mkdir(outside)
        os.makedirs(os.path.join(self.destination, "thumb"))
        os.symlink(outside, os.path.join(self.destination, "thumb", "one"))
        run = self.run_to_end(self.configure(), expect=1)
        self.assertEqual(os.listdir(outside), [])
        self.assertIn("thumb/two/b.jpg", self.made())
        self.assertIn("skipped in the listing", run.stderr)

    def test_a_linked_folder_of_the_destination_is_no_missing_one(self):
        sizes = {"a.jpg": self.add_image("a.jpg")}
        disk = os.path.join(self.folder, "disk")
        os.mkdir(disk)
        os.symlink(disk, os.path.join(self.destination, "thumb"))
        config = self.configure()
        self.run_to_end(config)
        self.assert_measures(self.read("thumb/a.jpg"), SMALL[0], sizes["a.jpg"])
        self.assertEqual(self.run_to_end(config).report["outputs"], {"made": 0, "up_to_date": 1})

    def test_a_link_to_the_destination_makes_no_originals_of_outputs(self):
        self.add_image("a.jpg")
        self.destination = os.path.join(self.source, "web")
        os.symlink("web", os.path.join(self.source, "link"))
        source = {"url": f"file://{self.source}/", "exclude": ["web/*"]}
        config = harness.write_config(self.config, source, f"file://{self.destination}/", self.outputs)
        for _ in range(3):
            self.assertEqual(self.run_to_end(config).report["objects"]["listed"], 1)


class TestTimes(FilesCase):
    def remade(self, change):
        """What a run makes after change(path of the only original), and a run after that."""
        self.add_image("a.jpg", 0)
        config = self.configure()
        self.run_to_end(config)
        size = change(os.path.join(self.source, "a.jpg"))
        self.age_originals()
        first = self.run_to_end(config).report["outputs"]["made"]
        second = self.run_to_end(config).report["outputs"]["made"]
        if size is not None:
            self.assert_all_made({"a.jpg": size})
        return first, second

    def old_file(self, number=1):
        """Another image of a long time ago."""
        path, image = os.path.join(self.folder, "old.jpg"), photograph(number, 100)
        with open(path, "wb") as file:
            file.write(encode(image, "jpeg"))
        os.utime(path, (1000000000, 1000000000))
        return path, image.size

    def test_an_older_file_that_is_moved_there(self):
        def change(path):
            old, size = self.old_file()
            os.rename(old, path)
            return size

        self.assertEqual(self.remade(change), (1, 0))

    def test_an_older_file_that_is_copied_there_with_its_time(self):
        def change(path):
            old, size = self.old_file()
            shutil.copy2(old, path)
            return size

        self.assertEqual(self.remade(change), (1, 0))

    def test_a_link_that_leads_to_an_older_file(self):
        def change(path):
            old, size = self.old_file()
            os.unlink(path)
            shutil.copy2(old, os.path.join(self.source, "old.bin"))
            os.symlink("old.bin", path)
            return size

        self.assertEqual(self.remade(change), (1, 0))

    def test_a_file_that_is_dated_in_the_future(self):
        self.assertEqual(self.remade(lambda path: os.utime(path, (time.time() + 86400,) * 2)), (1, 0))

    def test_permissions_cost_one_time(self):
        self.assertEqual(self.remade(lambda path: os.chmod(path, 0o600)), (1, 0))

    def test_reading_costs_nothing(self):
        def change(path):
            with open(path, "rb") as file:
                file.read()

        self.assertEqual(self.remade(change), (0, 0))

    def test_an_output_that_is_restored_with_its_old_time_is_made_again(self):
        self.add_image("a.jpg")
        config = self.configure()
        self.run_to_end(config)
        path = os.path.join(self.destination, output_keys("a.jpg", SMALL)["thumb"])
        os.utime(path, (1000000000, 1000000000))
        self.assertEqual(self.run_to_end(config).report["outputs"]["made"], 1)

    def test_a_file_that_failed_is_tried_again_when_an_older_one_takes_its_place(self):
        path = self.add("a.jpg", b"no image")
        config = self.configure(state_directory=os.path.join(self.folder, "state"))
        os.mkdir(os.path.join(self.folder, "state"))
        self.run_to_end(config, expect=1)
        old, size = self.old_file()
        os.rename(old, path)
        self.run_to_end(config)
        self.assert_all_made({"a.jpg": size})


class TestDestination(FilesCase):
    def mode(self, *names):
        return stat.S_IMODE(os.stat(os.path.join(self.destination, *names)).st_mode)

    def run_with_umask(self, **destination):
        self.add_image("d/a.jpg")
        config = harness.write_config(self.config, f"file://{self.source}/", {"url": f"file://{self.destination}/", **destination},
                                      self.outputs)
        return self.run_to_end(config, umask=0o077)

    def test_outputs_can_be_read_by_a_web_server(self):
        os.rmdir(self.destination)
        self.run_with_umask()
        self.assertEqual(self.mode("thumb", "d", "a.jpg"), 0o644)
        self.assertEqual({self.mode(), self.mode("thumb"), self.mode("thumb", "d")}, {0o755})

    def test_modes_are_configuration(self):
        self.run_with_umask(file_mode="0660", dir_mode="2770")
        self.assertEqual(self.mode("thumb", "d", "a.jpg"), 0o660)
        self.assertEqual({self.mode("thumb"), self.mode("thumb", "d")}, {0o2770})

    def test_nothing_is_made_below_a_missing_mount(self):
        self.add_image("a.jpg")
        mount = self.destination
        os.rmdir(mount)
        self.destination = os.path.join(mount, "web")
        config = self.configure()
        for arguments in ((), ("--dry-run",)):
            run = self.run_to_end(config, *arguments, expect=4, report=False)
            self.assertIn("mounted", run.stderr)
            self.assertFalse(os.path.exists(mount))
        os.mkdir(mount)
        self.run_to_end(config)
        self.assertEqual(len(self.made()), 1)

    def test_a_missing_directory_is_made_with_all_above_it_if_that_is_wished(self):
        self.destination = os.path.join(self.folder, "no", "such", "web")
        self.run_with_umask(create="true")
        self.assertEqual(len(self.made()), 1)
        self.assertEqual(self.mode(".."), 0o755)


if __name__ == "__main__":
    unittest.main()
