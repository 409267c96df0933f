package identity

import (
	"slices"

	"github.com/mileusna/useragent"
)

var (
	browsers = []string{
		useragent.Firefox, useragent.Chrome, useragent.HeadlessChrome, useragent.Edge, useragent.Safari, useragent.MobileSafari, useragent.Opera,
		useragent.OperaMini, useragent.OperaTouch, useragent.Vivaldi, useragent.SamsungBrowser, useragent.InternetExplorer,
	}
	systems = []string{
		useragent.Windows, useragent.MacOS, useragent.Linux, useragent.FreeBSD, useragent.ChromeOS, useragent.Android, useragent.IOS,
	}
)

// Browser is a browser and its system in words ("Firefox", "Windows"), from what it says of itself.
// It is shown to people and decides nothing. Each is one of a few names we know, else "": whoever
// signs in puts no words of theirs into a mail.
func Browser(userAgent string) (name, system string) {
	ua := useragent.Parse(userAgent)
	if slices.Contains(browsers, ua.Name) {
		name = ua.Name
	}
	if slices.Contains(systems, ua.OS) {
		system = ua.OS
	}
	return name, system
}
