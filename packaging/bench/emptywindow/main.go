// Command emptywindow is what the dialog is measured against: the least Fyne
// program that has a window.
package main

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
)

func main() {
	window := app.NewWithID("app.daypass.emptywindow").NewWindow("empty")
	window.Resize(fyne.NewSize(360, 300))
	window.ShowAndRun()
}
